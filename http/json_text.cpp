#include "http/json_text.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_stack.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <set>
#include <stdexcept>
#include <vector>

namespace kinora::http {

namespace {

namespace json = boost::json;

void append_double(std::string& out, double number) {
  if (!std::isfinite(number))
    throw std::logic_error{"a number that is not finite has no JSON text"};
  // The longest: a sign, "0.", 323 zeros and 17 digits.
  std::array<char, 400> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  out.append(text.data(), end.ptr);
}

void append(std::string& out, const json::value& value);

void append(std::string& out, const json::array& items) {
  out += '[';
  for (auto i = items.begin(); i != items.end(); ++i) {
    if (i != items.begin())
      out += ',';
    append(out, *i);
  }
  out += ']';
}

void append(std::string& out, const json::object& members) {
  out += '{';
  for (auto i = members.begin(); i != members.end(); ++i) {
    if (i != members.begin())
      out += ',';
    out += json::serialize(i->key());
    out += ':';
    append(out, i->value());
  }
  out += '}';
}

void append(std::string& out, const json::value& value) {
  if (const auto* number = value.if_double())
    append_double(out, *number);
  else if (const auto* items = value.if_array())
    append(out, *items);
  else if (const auto* members = value.if_object())
    append(out, *members);
  else
    out += json::serialize(value);
}

/// Builds a value from the parser's events and refuses what the stock parser accepts. A handler says no by
/// setting `ec`; why is then in `reason`.
class strict_handler {
public:
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();

  strict_handler() { values_.reset(); }

  json::value release() { return values_.release(); }

  const std::string& reason() const { return reason_; }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }

  bool on_object_begin(json::error_code&) {
    keys_.emplace_back();
    return true;
  }

  bool on_object_end(std::size_t size, json::error_code&) {
    keys_.pop_back();
    values_.push_object(size);
    return true;
  }

  bool on_array_begin(json::error_code&) { return true; }

  bool on_array_end(std::size_t size, json::error_code&) {
    values_.push_array(size);
    return true;
  }

  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    key_.append(part.data(), part.size());
    values_.push_chars(part);
    return true;
  }

  bool on_key(json::string_view part, std::size_t, json::error_code& ec) {
    key_.append(part.data(), part.size());
    values_.push_key(part);
    const auto [key, is_new] = keys_.back().insert(std::move(key_));
    key_.clear();
    return is_new || refuse("the key \"" + *key + "\" occurs twice in one object", ec);
  }

  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    values_.push_chars(part);
    return true;
  }

  bool on_string(json::string_view part, std::size_t, json::error_code&) {
    values_.push_string(part);
    return true;
  }

  bool on_number_part(json::string_view part, json::error_code&) {
    number_.append(part.data(), part.size());
    return true;
  }

  bool on_int64(std::int64_t number, json::string_view, json::error_code&) {
    number_.clear();
    values_.push_int64(number);
    return true;
  }

  bool on_uint64(std::uint64_t number, json::string_view, json::error_code&) {
    number_.clear();
    values_.push_uint64(number);
    return true;
  }

  bool on_double(double number, json::string_view part, json::error_code& ec) {
    // Boost's conversion may miss the nearest double by one place, and overflow where that one is finite;
    // what is read must write back as it was. Past a double's range `number` stays as Boost left it:
    // infinite, or 0.
    number_.append(part.data(), part.size());
    std::from_chars(number_.data(), number_.data() + number_.size(), number);
    number_.clear();
    if (!std::isfinite(number))
      return refuse("a number is too large", ec);
    values_.push_double(number);
    return true;
  }

  bool on_bool(bool value, json::error_code&) {
    values_.push_bool(value);
    return true;
  }

  bool on_null(json::error_code&) {
    values_.push_null();
    return true;
  }

  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

private:
  bool refuse(std::string reason, json::error_code& ec) {
    reason_ = std::move(reason);
    ec = json::error::syntax;
    return false;
  }

  json::value_stack values_;
  std::vector<std::set<std::string>> keys_; ///< Of the objects being read, outermost first.
  std::string key_;                         ///< The parts so far of the key being read.
  std::string number_;                      ///< The parts so far of the number being read.
  std::string reason_;
};

} // namespace

std::string to_text(const json::value& value) {
  std::string out;
  append(out, value);
  return out;
}

result<json::value> parse_json(std::string_view body, std::string_view what) {
  if (body.empty())
    return invalid(std::string{what}, "is empty; JSON is expected");
  json::parse_options options;
  options.max_depth = json_depth_max;
  json::basic_parser<strict_handler> parser{options};
  json::error_code ec;
  auto read = parser.write_some(false, body.data(), body.size(), ec);
  if (!ec && read < body.size())
    ec = json::error::extra_data;
  if (!ec)
    return parser.handler().release();
  const auto& reason = parser.handler().reason();
  return invalid(std::string{what}, "is not acceptable JSON at byte " + std::to_string(read) + ": " +
                                        (reason.empty() ? ec.message() : reason));
}

} // namespace kinora::http
