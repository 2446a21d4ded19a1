// The body of one request, out of the bytes of its connection, within bounds.
#pragma once

#include "http/chunked_decoder.hpp"
#include "http/request_head.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace kinora::http {

/// Takes exactly the body that a head announces and not a byte of the next request.
class body_decoder {
public:
  enum class status { incomplete, complete, too_large, malformed };

  /// `head` has a body; `bytes_max` is after decoding.
  body_decoder(const request_head& head, std::size_t bytes_max);

  /// Takes what is the body's off the front of `input`, and appends it, decoded, to `out`. When the result is
  /// `too_large` or `malformed` what `out` holds is worth nothing.
  status take(std::string_view& input, std::string& out);

private:
  chunked_decoder chunks_;
  bool chunked_;
  std::uint64_t left_; ///< Of a body with a length.
  std::size_t bytes_max_;
  std::uint64_t bytes_ = 0; ///< Decoded in all.
  status state_ = status::incomplete;
};

} // namespace kinora::http
