// Reading the public port's certificate at the start and on SIGHUP, and what the log says of it.
#pragma once

#include "http/tls_context.hpp"

#include <optional>

namespace kinora::http {

/// Reads the pair, and logs whose certificate it is and until when; warns of one that is out of date. A
/// failure is as `tls_context::load`'s, and not logged.
std::optional<failure> load_certificate(tls_context& to);

/// Reads it again, and logs what came of it; what was wrong changes nothing. `to` is null without TLS.
void reload_certificate(tls_context* to);

} // namespace kinora::http
