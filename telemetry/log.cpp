#include "telemetry/log.hpp"

#include "telemetry/json_text.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <atomic>
#include <charconv>
#include <cmath>
#include <memory>
#include <mutex>

namespace kinora::log {

namespace {

constexpr std::array<std::string_view, 6> level_names{"trace", "debug", "info", "warn", "error", "off"};

std::string_view name_of(level x) {
  return level_names[static_cast<std::size_t>(x)];
}

spdlog::level::level_enum to_spdlog(level x) {
  switch (x) {
  case level::trace: return spdlog::level::trace;
  case level::debug: return spdlog::level::debug;
  case level::info: return spdlog::level::info;
  case level::warn: return spdlog::level::warn;
  case level::error: return spdlog::level::err;
  case level::off: break;
  }
  return spdlog::level::off;
}

void append_padded(std::string& out, unsigned value, std::size_t width) {
  auto digits = std::to_string(value);
  out.append(width > digits.size() ? width - digits.size() : 0, '0');
  out += digits;
}

/// Appends RFC 3339 in UTC with milliseconds: 2026-01-31T23:59:59.000Z.
void append_time(std::string& out, wall_time ts) {
  auto day = std::chrono::floor<std::chrono::days>(ts);
  std::chrono::year_month_day date{day};
  std::chrono::hh_mm_ss time{ts - day};
  append_padded(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  append_padded(out += '-', static_cast<unsigned>(date.month()), 2);
  append_padded(out += '-', static_cast<unsigned>(date.day()), 2);
  append_padded(out += 'T', static_cast<unsigned>(time.hours().count()), 2);
  append_padded(out += ':', static_cast<unsigned>(time.minutes().count()), 2);
  append_padded(out += ':', static_cast<unsigned>(time.seconds().count()), 2);
  append_padded(out += '.', static_cast<unsigned>(time.subseconds().count()), 3);
  out += 'Z';
}

struct value_appender {
  std::string& out;

  void operator()(std::string_view x) const { append_json_text(out, x, text_bytes_max); }
  void operator()(bool x) const { out += x ? "true" : "false"; }
  void operator()(std::int64_t x) const { out += std::to_string(x); }
  void operator()(std::uint64_t x) const { out += std::to_string(x); }

  void operator()(double x) const {
    if (!std::isfinite(x)) {
      out += "null";
      return;
    }
    std::array<char, 32> buffer{}; // the shortest form of a double has at most 24 characters
    out.append(buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), x).ptr);
  }
};

/// The writer: a thread with a bounded queue, and the logger that feeds it.
struct writer {
  std::shared_ptr<spdlog::details::thread_pool> queue;
  std::shared_ptr<spdlog::async_logger> logger;
};

std::atomic<level> least_level{level::off};
std::atomic<std::shared_ptr<const writer>> current_writer;

} // namespace

std::optional<level> level_of(std::string_view name) {
  for (std::size_t i = 0; i < level_names.size(); ++i)
    if (level_names[i] == name)
      return static_cast<level>(i);
  return std::nullopt;
}

std::string format_line(wall_time ts, level severity, std::string_view msg, fields xs) {
  std::string out = R"({"ts":")";
  append_time(out, ts);
  out += R"(","level":")";
  out += name_of(severity);
  out += R"(","msg":)";
  append_json_text(out, msg, text_bytes_max);
  for (const auto& x : xs) {
    append_json_text(out += ',', x.key, text_bytes_max);
    std::visit(value_appender{out += ':'}, x.value);
  }
  out += '}';
  return out;
}

void start(level least) {
  auto next = std::make_shared<writer>();
  next->queue = std::make_shared<spdlog::details::thread_pool>(queued_lines_max, 1);
  next->logger =
      std::make_shared<spdlog::async_logger>("kinora", std::make_shared<spdlog::sinks::stdout_sink_mt>(),
                                             next->queue, spdlog::async_overflow_policy::overrun_oldest);
  next->logger->set_pattern("%v");
  next->logger->set_level(spdlog::level::trace);
  next->logger->flush_on(spdlog::level::warn);
  current_writer.store(std::move(next));
  least_level.store(least);
}

void stop() {
  auto lost = lines_lost();
  if (lost > 0)
    warn("log lines were lost", {{"lines", lost}});
  least_level.store(level::off);
  current_writer.store(nullptr); // the last owner's destructor writes what is queued
}

std::uint64_t lines_lost() {
  auto out = current_writer.load();
  return out ? out->queue->overrun_counter() : 0;
}

void write(level severity, std::string_view msg, fields xs) {
  if (severity < least_level.load(std::memory_order_relaxed))
    return;
  auto out = current_writer.load();
  if (!out)
    return;
  auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  auto line = format_line(now, severity, msg, xs);
  out->logger->log(to_spdlog(severity), spdlog::string_view_t{line.data(), line.size()});
}

} // namespace kinora::log
