#include "http/json_text.hpp"

#include "http/json_writer.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>

#include <charconv>
#include <cmath>
#include <set>
#include <stdexcept>
#include <vector>

namespace kinora::http {

namespace {

namespace json = boost::json;

void write(json_writer& out, const json::value& value) {
  switch (value.kind()) {
  case json::kind::null: out.value(nullptr); return;
  case json::kind::bool_: out.value(value.get_bool()); return;
  case json::kind::int64: out.value(value.get_int64()); return;
  case json::kind::uint64: out.value(value.get_uint64()); return;
  case json::kind::double_: out.value(value.get_double()); return;
  case json::kind::string: out.value(std::string_view{value.get_string()}); return;
  case json::kind::array:
    out.begin_array();
    for (const auto& item : value.get_array())
      write(out, item);
    out.end_array();
    return;
  case json::kind::object:
    out.begin_object();
    for (const auto& member : value.get_object())
      write(out.name(member.key()), member.value());
    out.end_object();
    return;
  }
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
  json_writer out;
  write(out, value);
  return out.take();
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
