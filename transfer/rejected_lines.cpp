#include "transfer/rejected_lines.hpp"

#include "telemetry/json_text.hpp"

namespace kinora {

namespace {

constexpr std::size_t detail_bytes_max = 4'096;

std::string to_line(const rejected_input_line& x) {
  std::string out = "{\"file\":";
  log::append_json_text(out, x.file, detail_bytes_max);
  out += ",\"line\":" + std::to_string(x.line) + ",\"code\":";
  log::append_json_text(out, x.code, detail_bytes_max);
  out += ",\"detail\":";
  log::append_json_text(out, x.detail, detail_bytes_max);
  out += ",\"text\":";
  log::append_json_text(out, x.text, rejected_lines::text_bytes_max);
  return out + "}\n";
}

} // namespace

result<void> rejected_lines::add(const rejected_input_line& x) {
  if (listed_ == listed_max)
    return {};
  if (!file_.is_open())
    if (auto opened = file_.open(path_, bytes_); !opened)
      return opened;
  ++listed_;
  return file_.write(to_line(x));
}

result<void> rejected_lines::sync() {
  return file_.is_open() ? file_.sync() : result<void>{};
}

} // namespace kinora
