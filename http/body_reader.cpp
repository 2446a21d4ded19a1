#include "http/body_reader.hpp"

#include <algorithm>

namespace kinora::http {

body_reader::body_reader(timed_socket& socket, const request_head& head, std::size_t bytes_max,
                         steady_time deadline)
    : socket_{socket},
      chunked_{head.chunked},
      left_{head.content_length.value_or(0)},
      bytes_max_{bytes_max},
      deadline_{deadline} {
  if (left_ > bytes_max_)
    state_ = status::too_large;
}

void body_reader::take() {
  auto input = socket_.input();
  const auto arrived = input.size();
  if (chunked_) {
    const auto result = decoder_.decode(input, ready_);
    if (result == chunked_decoder::status::done)
      state_ = status::complete;
    if (result == chunked_decoder::status::malformed)
      state_ = status::malformed;
  } else {
    const auto size = std::min<std::uint64_t>(left_, input.size());
    ready_ += input.substr(0, size);
    input.remove_prefix(size);
    left_ -= size;
    if (left_ == 0)
      state_ = status::complete;
  }
  socket_.consume(arrived - input.size());
  bytes_ += ready_.size();
  if (bytes_ > bytes_max_)
    state_ = status::too_large;
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
