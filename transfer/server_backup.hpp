#pragma once

#include "transfer/server_client.hpp"

#include <cstdint>
#include <string>

namespace kinora {

struct server_backup {
  std::string path; ///< On the server's machine.
  std::uint64_t bytes = 0;
};

/// Has a running server make a backup, and waits until it has; nothing is asked twice.
result<server_backup> back_up_server(server_client_options options);

} // namespace kinora
