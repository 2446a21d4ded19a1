#pragma once

#include "domain/result.hpp"

#include <optional>
#include <string>

namespace kinora {

/// Makes sure that `path` is a folder this process can write in, and creates it if it is not there. The
/// failure's field is "DATA_DIR". Blocks on the file system.
std::optional<failure> check_data_dir(const std::string& path);

} // namespace kinora
