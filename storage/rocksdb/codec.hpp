// How values look on disk: version (1 byte), fields one after the other, checksum (4 bytes). Whole numbers
// are varints (7 bits a byte, the lowest first), signed ones zig-zagged; floating-point numbers are the 8
// bytes of IEEE 754, little-endian; texts and lists are preceded by their length.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kinora {

/// Writes the fields of one value.
class value_writer {
public:
  explicit value_writer(std::uint8_t version) { out_.push_back(static_cast<char>(version)); }

  void count(std::uint64_t x);
  void number(std::int64_t x);
  void real(double x);
  void flag(bool x) { out_.push_back(x ? '\1' : '\0'); }
  void text(std::string_view x);

  /// Closes the value with its checksum: the lower 32 bits of its XXH3_64.
  std::string seal() &&;

private:
  std::string out_;
};

/// Reads the fields of one value back, in the same order. What is not as it was written makes the reader bad:
/// it then yields zeros, and `done` says so.
class value_reader {
public:
  /// Bad at once when the checksum is wrong.
  explicit value_reader(std::string_view value);

  /// 0 when it is bad.
  std::uint8_t version() const noexcept { return version_; }

  std::uint64_t count();
  std::int64_t number();
  double real();
  bool flag();
  std::string text();

  /// The length of a list whose entries take at least a byte each.
  std::size_t length();

  bool bad() const noexcept { return bad_; }

  /// Whether all was read, and all was good.
  bool done() const noexcept { return !bad_ && left_.empty(); }

private:
  std::string_view take(std::size_t bytes);

  std::string_view left_;
  std::uint8_t version_ = 0;
  bool bad_ = false;
};

} // namespace kinora
