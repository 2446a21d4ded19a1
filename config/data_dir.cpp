#include "config/data_dir.hpp"

#include "config/table.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <unistd.h>

namespace kinora {

std::optional<failure> check_data_dir(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error)
    return invalid("DATA_DIR", "cannot create " + shown(path) + ": " + error.message());
  // Asking for permission bits says nothing about a full or read-only disk: write something.
  auto probe = (std::filesystem::path{path} / ".probe-XXXXXX").string();
  int file = ::mkstemp(probe.data());
  if (file < 0)
    return invalid("DATA_DIR", "cannot write in " + shown(path) + ": " + std::strerror(errno));
  ::close(file);
  ::unlink(probe.c_str());
  return std::nullopt;
}

} // namespace kinora
