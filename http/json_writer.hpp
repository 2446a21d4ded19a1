#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kinora::http {

/// Writes one JSON text front to back, without white space, where building a `boost::json::value` first would
/// cost more than the rest of an answer. Strings must be valid UTF-8. Numbers are written as `to_text`
/// (http/json_text.hpp) says, with the same exception.
class json_writer {
public:
  /// `bytes`: about how long the text will be.
  explicit json_writer(std::size_t bytes = 0) { text_.reserve(bytes); }

  json_writer& begin_object() { return open('{'); }
  json_writer& end_object() { return close('}'); }
  json_writer& begin_array() { return open('['); }
  json_writer& end_array() { return close(']'); }

  /// The name of the next value, in an object: text that needs no escapes.
  json_writer& key(std::string_view name);

  /// The same for any text.
  json_writer& name(std::string_view text);

  json_writer& value(std::string_view text);
  json_writer& value(const char* text) { return value(std::string_view{text}); }
  json_writer& value(double number);
  json_writer& value(std::int64_t number);
  json_writer& value(std::uint64_t number);
  json_writer& value(std::uint32_t number) { return value(std::uint64_t{number}); }
  json_writer& value(bool x) { return literal(x ? "true" : "false"); }
  json_writer& value(std::nullptr_t) { return literal("null"); }

  template <class T>
  json_writer& member(std::string_view name, const T& x) {
    return key(name).value(x);
  }

  /// The text so far; the writer starts anew.
  std::string take();

private:
  json_writer& open(char bracket);
  json_writer& close(char bracket);
  json_writer& literal(std::string_view text);
  void separate();

  std::string text_;
  bool needs_comma_ = false;
};

} // namespace kinora::http
