#include "http/listener.hpp"

#include <cerrno>

namespace kinora::http {

failure bind_failure(const listener_options& options, int error) {
  const auto where = options.host + ":" + std::to_string(options.port);
  if (error == EADDRINUSE)
    return invalid(options.port_setting, where + " is taken");
  if (error == EACCES)
    return invalid(options.port_setting, where + " is not allowed to this user");
  return invalid(options.host_setting,
                 "cannot listen on " + where + ", an address of this machine is needed");
}

} // namespace kinora::http
