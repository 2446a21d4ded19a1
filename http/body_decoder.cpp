#include "http/body_decoder.hpp"

#include <algorithm>

namespace kinora::http {

body_decoder::body_decoder(const request_head& head, std::size_t bytes_max)
    : chunked_{head.chunked}, left_{head.content_length.value_or(0)}, bytes_max_{bytes_max} {
  if (left_ > bytes_max_)
    state_ = status::too_large;
}

body_decoder::status body_decoder::take(std::string_view& input, std::string& out) {
  if (state_ != status::incomplete)
    return state_;
  const auto before = out.size();
  if (chunked_) {
    const auto result = chunks_.decode(input, out);
    if (result == chunked_decoder::status::done)
      state_ = status::complete;
    if (result == chunked_decoder::status::malformed)
      state_ = status::malformed;
  } else {
    const auto size = std::min<std::uint64_t>(left_, input.size());
    out += input.substr(0, size);
    input.remove_prefix(size);
    left_ -= size;
    if (left_ == 0)
      state_ = status::complete;
  }
  bytes_ += out.size() - before;
  if (bytes_ > bytes_max_)
    state_ = status::too_large;
  return state_;
}

} // namespace kinora::http
