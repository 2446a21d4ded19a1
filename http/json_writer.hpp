#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace kinora::http {

/// Writes one JSON text front to back, without white space, where building a `boost::json::value` first would
/// cost more than the rest of an answer. Strings must be valid UTF-8. Numbers are written as `to_text`
/// (http/json_text.hpp) says, with the same exception.
class json_writer {
public:
  /// `bytes`: about how long the text will be.
  explicit json_writer(std::size_t bytes = 0) { room_.resize(bytes); }

  json_writer& begin_object() { return open('{'); }
  json_writer& end_object() { return close('}'); }
  json_writer& begin_array() { return open('['); }
  json_writer& end_array() { return close(']'); }

  /// The name of the next value, in an object: text that needs no escapes.
  json_writer& key(std::string_view name) {
    auto* at = separate(name.size() + 3);
    *at++ = '"';
    std::memcpy(at, name.data(), name.size());
    at += name.size();
    *at++ = '"';
    *at++ = ':';
    return end_at(at, false);
  }

  /// The same for any text.
  json_writer& name(std::string_view text);

  json_writer& value(std::string_view text);

  /// The same for text that needs no escapes.
  json_writer& plain(std::string_view text);

  /// An object that another writer has begun and taken from there: more members may follow.
  json_writer& resume(std::string_view object) { return literal(object); }

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
  json_writer& open(char bracket) {
    auto* at = separate(1);
    *at++ = bracket;
    return end_at(at, false);
  }

  json_writer& close(char bracket) {
    auto* at = make_room(1);
    *at++ = bracket;
    return end_at(at, true);
  }

  json_writer& literal(std::string_view text) {
    auto* at = separate(text.size());
    std::memcpy(at, text.data(), text.size());
    return end_at(at + text.size(), true);
  }

  /// Where so many characters more may be written.
  char* make_room(std::size_t characters) {
    if (room_.size() - size_ < characters)
      grow(characters);
    return room_.data() + size_;
  }

  /// The same behind a comma, where one is due.
  char* separate(std::size_t characters) {
    auto* at = make_room(characters + 1);
    if (needs_comma_)
      *at++ = ',';
    return at;
  }

  json_writer& end_at(const char* at, bool needs_comma) {
    size_ = static_cast<std::size_t>(at - room_.data());
    needs_comma_ = needs_comma;
    return *this;
  }

  json_writer& value_of_hundredths(double number, std::int64_t hundredths);
  void grow(std::size_t characters);

  std::string room_;     ///< The text, and what is to be written over.
  std::size_t size_ = 0; ///< Of the text.
  bool needs_comma_ = false;
};

} // namespace kinora::http
