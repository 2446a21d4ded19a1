// What clients note while they write to a server that will be killed, and what may be there afterwards.
#pragma once

#include <boost/json/value.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace kinora::blackbox {

/// The notes of one client in a file of its own, a line each, in the file when `note` returns. It shows what
/// was sent and acknowledged when a check fails. For one thread at a time.
class ledger {
public:
  /// Throws `std::runtime_error` when the file cannot be written.
  explicit ledger(const std::filesystem::path& file);
  ~ledger();
  ledger(const ledger&) = delete;
  ledger& operator=(const ledger&) = delete;

  void note(std::string_view line);

private:
  int fd_;
};

/// What a thing with a single writer may look like: as the last acknowledged change left it, or as any change
/// does that was sent later and not acknowledged.
class possible_states {
public:
  explicit possible_states(boost::json::value first) : states_{std::move(first)} {}

  void sent(boost::json::value next) { states_.push_back(std::move(next)); }

  /// The change that was sent last.
  void acknowledged() { states_.erase(states_.begin(), states_.end() - 1); }

  /// As the changes sent so far leave it.
  const boost::json::value& latest() const { return states_.back(); }

  /// Empty when `seen` is one of the states, the only one from now on; else what is wrong.
  std::string settle(const boost::json::value& seen);

private:
  std::vector<boost::json::value> states_; ///< Never empty; the first one is acknowledged.
};

} // namespace kinora::blackbox
