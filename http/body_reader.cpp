#include "http/body_reader.hpp"

namespace kinora::http {

body_reader::body_reader(timed_socket& socket, const request_head& head, std::size_t bytes_max,
                         steady_time deadline)
    : socket_{socket}, decoder_{head, bytes_max}, deadline_{deadline} {}

void body_reader::take() {
  auto input = socket_.input();
  const auto arrived = input.size();
  switch (decoder_.take(input, ready_)) {
  case body_decoder::status::incomplete: break;
  case body_decoder::status::complete: state_ = status::complete; break;
  case body_decoder::status::too_large: state_ = status::too_large; break;
  case body_decoder::status::malformed: state_ = status::malformed; break;
  }
  socket_.consume(arrived - input.size());
}

void body_reader::fetch() {
  if (socket_.input().empty()) {
    switch (socket_.receive(deadline_)) {
    case timed_socket::status::ok: break;
    case timed_socket::status::closed: state_ = status::closed; return;
    case timed_socket::status::timed_out: state_ = status::timed_out; return;
    }
  }
  take();
}

std::ptrdiff_t body_reader::read(char* out, std::size_t size) {
  while (ready_.empty() && state_ == status::incomplete)
    fetch();
  if (state_ != status::incomplete && state_ != status::complete)
    return -1;
  const auto copied = ready_.copy(out, size);
  ready_.erase(0, copied);
  return static_cast<std::ptrdiff_t>(copied);
}

} // namespace kinora::http
