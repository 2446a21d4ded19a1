#include "http/response_text.hpp"

#include "http/inbound_request.hpp"

#include <boost/beast/http/status.hpp>

#include <array>
#include <charconv>

namespace kinora::http {

namespace {

void append_number(std::string& out, std::size_t number) {
  std::array<char, 20> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

} // namespace

void append_head(std::string& out, const response& answer) {
  const auto reason = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(answer.status)));
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(answer.status));
  out += ' ';
  out.append(reason.data(), reason.size());
  out += "\r\n";
  for (const auto& [name, value] : answer.headers) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  }
  if (!has_no_content(answer.status)) {
    out += "Content-Length: ";
    append_number(out, answer.body.size());
    out += "\r\n";
  }
  out += "\r\n";
}

} // namespace kinora::http
