#include "http/message.hpp"

#include <algorithm>

namespace kinora::http {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::optional<std::string_view> find_header(const header_list& headers, std::string_view name) {
  const auto i = std::find_if(headers.begin(), headers.end(),
                              [&](const auto& x) { return equal_ignoring_case(x.first, name); });
  if (i == headers.end())
    return std::nullopt;
  return i->second;
}

} // namespace

bool equal_ignoring_case(std::string_view lhs, std::string_view rhs) {
  return std::equal(lhs.begin(), lhs.end(), rhs.begin(), rhs.end(),
                    [](char l, char r) { return lower(l) == lower(r); });
}

std::optional<std::string_view> request::header(std::string_view name) const {
  return find_header(headers, name);
}

std::optional<std::string_view> response::header(std::string_view name) const {
  return find_header(headers, name);
}

response& response::set(std::string name, std::string value) {
  for (auto& [known, old] : headers) {
    if (equal_ignoring_case(known, name)) {
      old = std::move(value);
      return *this;
    }
  }
  headers.emplace_back(std::move(name), std::move(value));
  return *this;
}

} // namespace kinora::http
