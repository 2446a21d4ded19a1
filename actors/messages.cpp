#include "actors/messages.hpp"

#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>

#include <algorithm>

namespace kinora {

namespace {

/// Of a detail, in a text for operators.
constexpr std::size_t text_bytes_max = 200;

bool is_ours(const caf::error& x) {
  return x && x.category() == caf::atom("kinora");
}

bool is_system(const caf::error& x) {
  return x && x.category() == caf::atom("system");
}

bool is_exit(const caf::error& x) {
  return x && x.category() == caf::atom("exit");
}

} // namespace

errc to_errc(const caf::error& x) {
  if (is_ours(x))
    return static_cast<errc>(x.code());
  if (is_system(x) && static_cast<caf::sec>(x.code()) == caf::sec::request_timeout)
    return errc::timeout;
  return errc::unavailable; // a dead receiver, an exit reason: whoever would answer is not there
}

std::string detail_of(const caf::error& x) {
  if (!is_ours(x) || !x.context().match_elements<std::string>())
    return {};
  return x.context().get_as<std::string>(0);
}

std::string to_text(const caf::error& x) {
  if (!x)
    return "ended";
  if (is_exit(x)) {
    auto reason = static_cast<caf::exit_reason>(x.code());
    return reason == caf::exit_reason::kill ? "killed" : to_string(reason);
  }
  if (is_system(x))
    return to_string(static_cast<caf::sec>(x.code()));
  auto detail = detail_of(x);
  auto code = to_string(to_errc(x));
  if (detail.empty())
    return code;
  auto text = code + ": " + detail.substr(0, text_bytes_max);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

namespace port {

caf::error to_exit_reason(std::exception_ptr what) {
  try {
    std::rethrow_exception(what);
  } catch (const std::exception& ex) {
    return caf::make_error(errc::actor_crashed, std::string{ex.what()});
  } catch (...) {
    return caf::make_error(errc::actor_crashed, std::string{"unknown exception"});
  }
}

} // namespace port

} // namespace kinora
