// Transfer-Encoding: chunked (RFC 9112, section 7.1), read strictly.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kinora::http {

/// Takes the chunk framing off one body, piece by piece. Chunk extensions are ignored. Refused: sizes that
/// are not 1 to 8 hexadecimal digits, size lines over 256 bytes, bare LF, trailers, control characters.
class chunked_decoder {
public:
  enum class status { needs_more, done, malformed };

  /// Takes bytes off the front of `input` and appends the body's bytes among them to `out`. Stops at the
  /// body's last byte: what follows is the next request's.
  status decode(std::string_view& input, std::string& out);

private:
  enum class state { size, extension, size_lf, data, data_cr, data_lf, last_cr, last_lf };

  /// Takes one byte of framing; false when it cannot stand there.
  bool take(char c);

  bool take_size_digit(char c);

  state state_ = state::size;
  std::uint64_t left_ = 0;     ///< Size of the chunk so far read, then what is left of it.
  std::size_t digits_ = 0;     ///< Of the size line being read.
  std::size_t line_bytes_ = 0; ///< Of the size line being read.
};

} // namespace kinora::http
