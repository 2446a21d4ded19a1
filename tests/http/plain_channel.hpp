// Plain HTTP, for the suite of the listeners.
#pragma once

#include "http/listener.hpp"

#include <sys/socket.h>

#include <string_view>

namespace {

/// As `send` and `recv`.
class tested_channel {
public:
  explicit tested_channel(int fd) : fd_{fd} {}

  ssize_t send(std::string_view text) { return ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL); }
  ssize_t receive(char* out, std::size_t room) { return ::recv(fd_, out, room, 0); }
  void finish() { ::shutdown(fd_, SHUT_WR); }

private:
  int fd_;
};

void prepare(kinora::http::listener_options&) {}

} // namespace
