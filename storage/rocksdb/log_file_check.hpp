#pragma once

#include "domain/result.hpp"

#include <cstdint>
#include <string>

namespace kinora {

enum class log_condition : std::uint8_t {
  intact,  ///< Whole records to its end.
  torn,    ///< Then the beginning of one record, or zeros: what a kill in the middle of a write leaves.
  damaged, ///< Anything else: what it held may have been acknowledged.
};

struct log_verdict {
  log_condition condition = log_condition::intact;
  std::uint64_t offset =
      0;            ///< Torn: where the last whole record ends. Damaged: where. Intact: the file's size.
  std::string what; ///< Damaged: what is wrong there.
};

/// Reads a file in RocksDB's log format (db/log_format.h, db/log_writer.cc), which its write-ahead logs
/// (*.log) and its manifests (MANIFEST-*) have: is every record whole, and if not, was it cut off or has it
/// changed? RocksDB itself tells only the first: with kAbsoluteConsistency it refuses a log with a torn tail,
/// in other modes it silently drops what follows a flipped bit in the last block; and in each of them it ends
/// a log silently at a type that became that of a recycled file, skips the rest of a block silently from a
/// zeroed header on, and reads a manifest up to the first record that is cut off.
///
/// - A single flipped bit is never taken for a torn tail: where the last record reaches past the end of the
/// file,
///   other lengths are tried (those that differ in one bit, and to the end of the file), and any whole record
///   after its beginning counts as damage. It is damage where bytes say something, and goes unnoticed in the
///   at most six that fill up a block, which nobody reads.
/// - Zeros after the last whole record are torn, not intact. Zeros in the place of something, with something
/// else
///   than zeros after them, are damage, as are zeros inside a record that is there in its full length: after
///   a loss of power, a file system that wrote the pages of the last record out of order may need an
///   operator's decision.
/// - A file that was cut off between two records looks intact; nothing in it tells how long it was.
/// - Recycled and compressed logs are not written by Kinora: their records are of unknown types here.
///
/// Fails when the file cannot be read. Needs 32 KiB of memory, and 0.2 s for 64 MB in records of 100 bytes.
result<log_verdict> check_log_file(const std::string& path);

/// Cuts a torn file off at `size` bytes, durably. Fails when it cannot be written.
result<void> truncate_log_file(const std::string& path, std::uint64_t size);

} // namespace kinora
