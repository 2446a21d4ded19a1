#pragma once

#include "domain/result.hpp"
#include "domain/time.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace kinora {

/// What is asked of a backup.
struct backup_order {
  std::string folder;               ///< That backups are put into; made when it is not there.
  std::size_t kept = 7;             ///< Backups that stay there, the new one among them; >= 1.
  wall_time now;                    ///< Names it.
  std::function<bool()> is_stopped; ///< It is to be given up: leaves nothing behind.
};

struct backup_report {
  std::string name; ///< Of its folder: "2026-05-31T18-30-00.250Z"; the later it was made, the greater.
  std::string path;
  std::uint64_t bytes = 0; ///< Of its files.
};

/// Port: copies of all that an engine keeps, made while it is in use. Thread-safe.
class backup_store {
public:
  virtual ~backup_store() = default;

  /// Copies everything that was acknowledged before the call, in a state that was there at one instant. A
  /// success means that the copy is complete, on disk and checked; only then does it bear its name, and only
  /// then are older ones removed. Whatever happens to the folder is no failure of the engine. errc::conflict
  /// when the engine keeps nothing, or another backup is being put into that folder. Blocks for as long as
  /// copying takes.
  virtual result<backup_report> make(const backup_order& x) = 0;
};

} // namespace kinora
