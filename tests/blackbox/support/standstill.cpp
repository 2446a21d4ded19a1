#include "tests/blackbox/support/standstill.hpp"

#include <sys/wait.h>

#include <csignal>
#include <stdexcept>

namespace kinora::blackbox {

standstill::standstill(pid_t server) : server_{server} {
  int status = 0;
  if (::kill(server, SIGSTOP) != 0 || ::waitpid(server, &status, WUNTRACED) != server || !WIFSTOPPED(status))
    throw std::runtime_error{"the server does not stop for SIGSTOP"};
}

standstill::~standstill() {
  ::kill(server_, SIGCONT);
}

} // namespace kinora::blackbox
