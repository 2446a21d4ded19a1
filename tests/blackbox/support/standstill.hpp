#pragma once

#include <sys/types.h>

namespace kinora::blackbox {

/// Stops a server that the test has started, as SIGSTOP does, until its own end. No thread of it runs once
/// the constructor is through: one that the signal has not reached yet could answer what is sent meanwhile.
class standstill {
public:
  explicit standstill(pid_t server);
  ~standstill();
  standstill(const standstill&) = delete;
  standstill& operator=(const standstill&) = delete;

private:
  pid_t server_;
};

} // namespace kinora::blackbox
