#pragma once

#include "domain/result.hpp"
#include "transfer/row_kind.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kinora {

/// A line of a piece that was left out, and why.
struct rejected_piece_line {
  std::size_t index; ///< From 0.
  std::string code;
  std::string detail;
};

/// What became of a piece.
struct piece_outcome {
  std::uint64_t accepted = 0;
  std::uint64_t duplicates = 0;
  std::vector<rejected_piece_line> rejected;
};

inline constexpr std::size_t piece_lines_max = 1'000;
inline constexpr std::size_t piece_bytes_max = 4 * 1024 * 1024;

/// Where an import goes: one tenant of a running server, or of a closed store. For one thread.
class destination {
public:
  virtual ~destination() = default;

  /// Makes the tenant, with default rules, if there is none; whether it did.
  virtual result<bool> open_tenant() = 0;

  /// Takes in lines of one kind, each with its end, none blank, at most `piece_lines_max`, and of at most
  /// `piece_bytes_max` bytes unless it is one alone. A success means that all but those rejected is durable;
  /// after a failure the import cannot go on, and the piece may have been taken in or not: repeating it
  /// counts nothing twice.
  virtual result<piece_outcome> take(row_kind kind, std::string_view piece) = 0;
};

} // namespace kinora
