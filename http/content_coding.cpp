#include "http/content_coding.hpp"

#include <zlib.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>

namespace kinora::http {

namespace {

constexpr std::size_t worth_it_bytes = 1024;
constexpr int level = 1; // the others take several times as long for a tenth fewer bytes

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Takes the part up to the next `separator` off `rest`.
std::string_view take_part(std::string_view& rest, char separator) {
  const auto part = rest.substr(0, rest.find(separator));
  rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  return trim(part);
}

/// Of what follows a coding's name: ";q=0.000" and the like.
bool is_zero_weight(std::string_view parameters) {
  while (!parameters.empty()) {
    const auto parameter = take_part(parameters, ';');
    if (!parameter.starts_with("q=") && !parameter.starts_with("Q="))
      continue;
    const auto weight = parameter.substr(2);
    return weight.starts_with('0') && weight.find_first_not_of("0.") == weight.npos;
  }
  return false;
}

/// A compressor for each thread: making one costs more than a page does.
class compressor {
public:
  compressor() {
    constexpr int window_and_gzip = 15 + 16;
    constexpr int memory_level = 8;
    if (::deflateInit2(&stream_, level, Z_DEFLATED, window_and_gzip, memory_level, Z_DEFAULT_STRATEGY) !=
        Z_OK)
      throw std::runtime_error{"no memory to compress an answer"};
  }
  ~compressor() { ::deflateEnd(&stream_); }
  compressor(const compressor&) = delete;
  compressor& operator=(const compressor&) = delete;

  std::string run(std::string_view text) {
    ::deflateReset(&stream_);
    std::string out(::deflateBound(&stream_, text.size()), '\0');
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream_.avail_in = static_cast<uInt>(text.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    if (::deflate(&stream_, Z_FINISH) != Z_STREAM_END)
      throw std::runtime_error{"an answer could not be compressed"};
    out.erase(out.size() - stream_.avail_out);
    return out;
  }

private:
  z_stream stream_{};
};

} // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  std::optional<bool> named;
  bool others = false;
  while (!accept_encoding.empty()) {
    auto entry = take_part(accept_encoding, ',');
    const auto coding = take_part(entry, ';');
    if (equal_ignoring_case(coding, "gzip") || equal_ignoring_case(coding, "x-gzip"))
      named = named.value_or(false) || !is_zero_weight(entry);
    else if (coding == "*")
      others = !is_zero_weight(entry);
  }
  return named.value_or(others);
}

void encode_content(response& answer, std::string_view accept_encoding) {
  const auto vary = answer.header("Vary").value_or("");
  if (answer.status != 200 || answer.is_shed || answer.body.size() < worth_it_bytes ||
      vary.find("Accept-Encoding") == vary.npos || !accepts_gzip(accept_encoding))
    return;
  thread_local compressor compress;
  answer.body = compress.run(answer.body);
  answer.set("Content-Encoding", "gzip");
}

} // namespace kinora::http
