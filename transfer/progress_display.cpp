#include "transfer/progress_display.hpp"

#include <ostream>

namespace kinora {

namespace {

using namespace std::chrono_literals;

constexpr auto terminal_interval = 200ms;
constexpr auto log_interval = 10s;

/// How long it still takes at the rate so far; nothing while that says nothing.
std::string time_left(const progress_display::state& x, std::chrono::duration<double> took) {
  if (x.bytes_done == 0 || x.bytes_total <= x.bytes_done || took < 1s)
    return {};
  const auto left =
      took * (static_cast<double>(x.bytes_total - x.bytes_done) / static_cast<double>(x.bytes_done));
  return ", " + duration_text(std::chrono::ceil<std::chrono::seconds>(left)) + " left";
}

} // namespace

progress_display::progress_display(std::ostream& to, bool is_terminal, steady_time start)
    : to_{to},
      is_terminal_{is_terminal},
      start_{start},
      next_{start + (is_terminal ? terminal_interval : log_interval)} {}

void progress_display::update(const state& x, steady_time now) {
  if (now < next_)
    return;
  next_ = now + (is_terminal_ ? terminal_interval : log_interval);
  const std::chrono::duration<double> took = now - start_;
  const auto rate = static_cast<std::uint64_t>(static_cast<double>(x.lines) / took.count());
  constexpr auto start_of_line = "\r\x1b[K"; // and clears what stands there
  to_ << (is_terminal_ ? start_of_line : "") << x.file << ": " << x.lines << " lines, " << rate
      << " lines/s, " << x.rejected << " rejected";
  if (x.bytes_total > 0)
    to_ << ", " << 100 * x.bytes_done / x.bytes_total << " %";
  to_ << time_left(x, took);
  if (!is_terminal_)
    to_ << '\n';
  is_line_open_ = is_terminal_;
  to_.flush();
}

void progress_display::finish() {
  if (is_line_open_)
    to_ << std::endl;
  is_line_open_ = false;
}

std::string duration_text(std::chrono::seconds x) {
  if (x < 1min)
    return std::to_string(x.count()) + " s";
  if (x < 1h)
    return std::to_string(x / 1min) + " min " + std::to_string(x % 1min / 1s) + " s";
  return std::to_string(x / 1h) + " h " + std::to_string(x % 1h / 1min) + " min";
}

} // namespace kinora
