#include "http/request_head.hpp"

#include <algorithm>
#include <charconv>

namespace kinora::http {

namespace {

using refusal = std::optional<head_error>;

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// RFC 9110, section 5.6.2.
bool is_token(std::string_view text) {
  static constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return is_alnum(c) || others.find(c) != others.npos; });
}

/// Visible ASCII, tabs, spaces and bytes from 0x80 on (RFC 9110, section 5.5).
bool is_field_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

bool is_target(std::string_view text) {
  return !text.empty() && text.front() == '/' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
}

/// A host name or address with an optional port; a list or a user part never is.
bool is_host(std::string_view text) {
  static constexpr std::string_view others = "-._~%!$&'()*+;=:[]";
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alnum(c) || others.find(c) != others.npos; });
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Takes the next line off `rest`; nothing when it does not end in CRLF or holds another CR.
std::optional<std::string_view> take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  if (end == rest.npos || end == 0 || rest.find('\r') != end - 1)
    return std::nullopt;
  const auto line = rest.substr(0, end - 1);
  rest.remove_prefix(end + 1);
  return line;
}

/// The fields that say where a request ends and who it is for, counted while reading.
struct framing {
  int hosts = 0;
  int lengths = 0;
  int transfer_encodings = 0;
  bool is_1_1 = false;
};

refusal read_version(std::string_view version, framing& seen) {
  seen.is_1_1 = version == "HTTP/1.1";
  if (seen.is_1_1 || version == "HTTP/1.0")
    return std::nullopt;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) && version[6] == '.' &&
      is_digit(version[7]))
    return head_error{400, "only HTTP/1.1 and HTTP/1.0 are spoken here"};
  return head_error{400, "the request line does not end in an HTTP version"};
}

refusal read_request_line(std::string_view line, const head_limits& limits, request_head& out,
                          framing& seen) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == line.npos || first == last)
    return head_error{400, "the request line is not a method, a target and a version"};
  const auto method = line.substr(0, first);
  const auto target = line.substr(first + 1, last - first - 1);
  if (!is_token(method))
    return head_error{400, "the method is not a token"};
  if (auto refused = read_version(line.substr(last + 1), seen))
    return refused;
  if (target.size() > limits.uri_bytes_max)
    return head_error{414, "the target is longer than " + std::to_string(limits.uri_bytes_max) + " bytes"};
  if (!is_target(target))
    return head_error{400, "the target is not an absolute path of visible ASCII characters"};
  out.method = method;
  const auto question = target.find('?');
  out.path = target.substr(0, question);
  if (question != target.npos)
    out.query = target.substr(question + 1);
  return std::nullopt;
}

refusal read_content_length(std::string_view value, request_head& out) {
  std::uint64_t length = 0;
  const auto end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, length);
  if (error != std::errc{} || stop != end) // from_chars takes no sign, no space and no empty text
    return head_error{400, "Content-Length is not one plain number"};
  out.content_length = length;
  return std::nullopt;
}

void read_connection(std::string_view value, request_head& out) {
  while (!value.empty()) {
    const auto option = value.substr(0, value.find(','));
    value.remove_prefix(std::min(option.size() + 1, value.size()));
    if (equal_ignoring_case(trim(option), "close"))
      out.keep_alive = false;
  }
}

/// Reads the fields that the transport itself acts on.
refusal read_known_field(std::string_view name, std::string_view value, request_head& out, framing& seen) {
  if (equal_ignoring_case(name, "Host")) {
    if (++seen.hosts > 1 || !is_host(value))
      return head_error{400, "Host is not one host"};
  } else if (equal_ignoring_case(name, "Content-Length")) {
    if (++seen.lengths > 1)
      return head_error{400, "Content-Length occurs more than once"};
    return read_content_length(value, out);
  } else if (equal_ignoring_case(name, "Transfer-Encoding")) {
    if (++seen.transfer_encodings > 1 || !equal_ignoring_case(value, "chunked"))
      return head_error{400, "Transfer-Encoding is not exactly \"chunked\""};
    out.chunked = true;
  } else if (equal_ignoring_case(name, "Content-Encoding")) {
    if (!equal_ignoring_case(value, "identity"))
      return head_error{415, "bodies are read without Content-Encoding only"};
  } else if (equal_ignoring_case(name, "Expect")) {
    if (!equal_ignoring_case(value, "100-continue"))
      return head_error{417, "only 100-continue can be expected"};
    out.expects_continue = true;
  } else if (equal_ignoring_case(name, "Connection")) {
    read_connection(value, out);
  }
  return std::nullopt;
}

refusal read_field(std::string_view line, request_head& out, framing& seen) {
  if (line.front() == ' ' || line.front() == '\t')
    return head_error{400, "a header line is folded"};
  const auto colon = line.find(':');
  if (colon == line.npos || !is_token(line.substr(0, colon)))
    return head_error{400, "a header line has no well-formed name before its colon"};
  const auto name = line.substr(0, colon);
  const auto value = trim(line.substr(colon + 1));
  if (!is_field_value(value))
    return head_error{400, "a header value has a control character"};
  if (auto refused = read_known_field(name, value, out, seen))
    return refused;
  out.headers.emplace_back(name, value);
  return std::nullopt;
}

refusal check_framing(request_head& out, const framing& seen) {
  if (seen.is_1_1 && seen.hosts == 0)
    return head_error{400, "Host is missing"};
  if (out.chunked && out.content_length)
    return head_error{400, "Transfer-Encoding and Content-Length exclude each other"};
  if (out.chunked && !seen.is_1_1)
    return head_error{400, "HTTP/1.0 has no Transfer-Encoding"};
  if (out.has_body() && (out.method == "GET" || out.method == "HEAD" || out.method == "OPTIONS"))
    return head_error{400, out.method + " takes no body"};
  if (!seen.is_1_1) {
    out.keep_alive = false;
    out.expects_continue = false;
  }
  return std::nullopt;
}

} // namespace

std::size_t find_head_end(std::string_view input) {
  for (auto end = input.find('\n'); end != input.npos; end = input.find('\n', end + 1)) {
    const auto next = input.substr(end + 1, 2);
    if (next.starts_with('\n'))
      return end + 2;
    if (next == "\r\n")
      return end + 3;
  }
  return 0;
}

refusal check_partial_head(std::string_view input, const head_limits& limits) {
  constexpr std::size_t line_overhead = 64; // a method, two spaces, a version
  const auto line = input.substr(0, input.find('\n'));
  if (line.size() > limits.uri_bytes_max + line_overhead)
    return head_error{414, "the target is longer than " + std::to_string(limits.uri_bytes_max) + " bytes"};
  if (input.size() - line.size() > limits.header_bytes_max)
    return head_error{431,
                      "the headers are longer than " + std::to_string(limits.header_bytes_max) + " bytes"};
  return std::nullopt;
}

head_result parse_request_head(std::string_view head, const head_limits& limits) {
  request_head out;
  framing seen;
  if (auto refused = check_partial_head(head, limits))
    return *refused;
  if (head.find('\0') != head.npos)
    return head_error{400, "the head has a NUL byte"};
  const auto request_line = take_line(head);
  if (!request_line)
    return head_error{400, "the request line does not end in CR LF"};
  if (auto refused = read_request_line(*request_line, limits, out, seen))
    return *refused;
  for (;;) {
    const auto line = take_line(head);
    if (!line)
      return head_error{400, "a header line does not end in CR LF"};
    if (line->empty())
      break;
    if (out.headers.size() == limits.headers_max)
      return head_error{431, "there are more than " + std::to_string(limits.headers_max) + " headers"};
    if (auto refused = read_field(*line, out, seen))
      return *refused;
  }
  if (auto refused = check_framing(out, seen))
    return *refused;
  return out;
}

} // namespace kinora::http
