#pragma once

#include "transfer/destination.hpp"
#include "transfer/server_client.hpp"

#include <string>

namespace kinora {

/// An import into a running server, through its admin port.
class server_destination : public destination {
public:
  server_destination(std::string tenant, server_client_options options);

  result<bool> open_tenant() override;
  result<piece_outcome> take(row_kind kind, std::string_view piece) override;

private:
  result<piece_outcome> take_rules(std::string_view piece);
  result<piece_outcome> send(row_kind kind, std::string_view piece);
  result<piece_outcome> send_halves(row_kind kind, std::string_view piece);

  std::string base_; ///< Path of the tenant.
  server_client client_;
};

} // namespace kinora
