#include "transfer/line_reader.hpp"

#include <algorithm>

namespace kinora {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view blanks = " \t\r";

} // namespace

/// Takes the next line, blank or not; false at the end.
result<bool> line_reader::take(std::string_view& text) {
  joined_.clear();
  is_too_long_ = false;
  bool began = false; // a line without a byte before the end of the input is none
  for (;;) {
    if (chunk_.empty()) {
      auto more = from_->read();
      if (!more)
        return more.error();
      if (more->empty()) {
        text = joined_;
        return began;
      }
      chunk_ = *more;
    }
    began = true;
    const auto end = chunk_.find('\n');
    const auto part = chunk_.substr(0, end);
    is_too_long_ = is_too_long_ || joined_.size() + part.size() > line_bytes_max;
    if (end != chunk_.npos && joined_.empty() && !is_too_long_) {
      text = part;
      chunk_.remove_prefix(end + 1);
      return true;
    }
    joined_ += part.substr(0, line_bytes_max - std::min(joined_.size(), line_bytes_max));
    chunk_.remove_prefix(end == chunk_.npos ? chunk_.size() : end + 1);
    if (end != std::string_view::npos) {
      text = joined_;
      return true;
    }
  }
}

result<std::optional<input_line>> line_reader::next() {
  for (;;) {
    std::string_view text;
    const auto taken = take(text);
    if (!taken) {
      auto why = taken.error();
      why.detail += " (after line " + std::to_string(number_) + ")";
      return why;
    }
    if (!*taken)
      return std::optional<input_line>{};
    if (++number_ == 1 && text.starts_with(byte_order_mark))
      text.remove_prefix(byte_order_mark.size());
    if (text.ends_with('\r'))
      text.remove_suffix(1);
    if (text.find_first_not_of(blanks) != text.npos)
      return std::optional{input_line{number_, text, is_too_long_}};
  }
}

} // namespace kinora
