#pragma once

#include "domain/errc.hpp"

#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>

namespace kinora {

/// An error with what its reader needs: the code, the field at fault (a JSON path or a parameter's name,
/// empty when it is not about one) and a sentence that says what was wrong and what is allowed.
struct failure {
  errc code = errc::invalid_argument;
  std::string field;
  std::string detail;
  bool operator==(const failure&) const = default;
};

/// Shorthand for the most frequent failure: bad input in `field`.
inline failure invalid(std::string field, std::string detail) {
  return {errc::invalid_argument, std::move(field), std::move(detail)};
}

/// Lets `result::value()` throw something readable; calling it on a failure is a bug.
[[noreturn]] inline void throw_exception_from_error(const failure& x, const boost::source_location&) {
  throw std::logic_error{x.field + ": " + x.detail};
}

template <class T>
using result = boost::system::result<T, failure>;

} // namespace kinora
