// A token bucket as one would first write it, to hold the real one against.
#pragma once

#include "domain/token_bucket.hpp"

#include <string>

namespace kinora::test {

/// Counts in nanoseconds of time that have come in: an interval of them is a token. The clock must not go
/// back.
class plain_bucket {
public:
  explicit plain_bucket(const rate_limit& by) : by_{by}, content_{by.fill_time()} {}

  rate_verdict take(steady_time now) {
    if (is_used_)
      content_ = std::min(by_.fill_time(), content_ + (now - looked_at_));
    looked_at_ = now;
    is_used_ = true;
    const auto is_admitted = content_ >= by_.interval;
    if (is_admitted)
      content_ -= by_.interval;
    return {is_admitted, static_cast<std::uint32_t>(content_ / by_.interval),
            by_.interval - content_ % by_.interval};
  }

private:
  rate_limit by_;
  std::chrono::nanoseconds content_;
  steady_time looked_at_{};
  bool is_used_ = false;
};

inline std::string to_text(const rate_verdict& x) {
  return (x.is_admitted ? "yes, " : "no, ") + std::to_string(x.left) + " left, next in " +
         std::to_string(x.next_in.count()) + " ns";
}

} // namespace kinora::test
