#pragma once

#include "domain/result.hpp"

#include <string>
#include <vector>

namespace kinora {

/// Port: the secrets that sign cursors, newest first; at most two, so that a session outlives one rotation.
class secret_store {
public:
  virtual ~secret_store() = default;

  virtual result<std::vector<std::string>> load() = 0;

  virtual result<void> save(const std::vector<std::string>& secrets) = 0;
};

} // namespace kinora
