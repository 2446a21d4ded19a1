#include "http/tls_reload.hpp"

#include "telemetry/log.hpp"

namespace kinora::http {

std::optional<failure> load_certificate(tls_context& to) {
  const auto loaded = to.load();
  if (!loaded)
    return loaded.error();
  const log::field subject{"subject", loaded->subject};
  const log::field expires{"expires", loaded->expires};
  if (loaded->is_valid_now)
    log::info("certificate loaded", {subject, expires});
  else
    log::warn("certificate loaded, but it is out of date: clients will refuse it; put a valid one into "
              "TLS_CERT_FILE and send SIGHUP",
              {subject, expires});
  return std::nullopt;
}

void reload_certificate(tls_context* to) {
  if (to == nullptr)
    log::info("SIGHUP ignored: there is no certificate to reload, TLS_CERT_FILE is not set");
  else if (const auto bad = load_certificate(*to))
    log::error("certificate not reloaded, the one before stays",
               {{"setting", bad->field}, {"detail", bad->detail}});
}

} // namespace kinora::http
