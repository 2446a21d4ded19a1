#include "tests/blackbox/support/ledger.hpp"

#include <boost/json/serialize.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace kinora::blackbox {

ledger::ledger(const std::filesystem::path& file)
    : fd_{::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)} {
  if (fd_ < 0)
    throw std::runtime_error{"no ledger: " + file.string()};
}

ledger::~ledger() {
  ::close(fd_);
}

void ledger::note(std::string_view line) {
  const auto text = std::string{line} + '\n';
  if (::write(fd_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw std::runtime_error{"the ledger cannot be written"};
}

std::string possible_states::settle(const boost::json::value& seen) {
  std::string out;
  if (std::ranges::find(states_, seen) == states_.end()) {
    out = "is " + boost::json::serialize(seen) + ", acknowledged " + boost::json::serialize(states_.front());
    for (std::size_t i = 1; i < states_.size(); ++i)
      out += ", sent " + boost::json::serialize(states_[i]);
    out += '\n';
  }
  states_.assign(1, seen);
  return out;
}

} // namespace kinora::blackbox
