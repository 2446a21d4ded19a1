#pragma once

#include "actors/interfaces.hpp"
#include "storage/access_store.hpp"

#include <functional>

namespace kinora {

struct access_options {
  std::function<wall_time()> wall_clock;
};

/// State and behaviour of ACCESS, the owner of the admin tokens. Stores a change, then publishes, then
/// answers: a token that was revoked is good for no request that starts later. Supervised by the root; a new
/// instance starts from the store. Blocks as long as its store does, so it runs on a thread of its own.
class access_state {
public:
  static inline const char* name = "kinora.access";

  /// Throws when the store cannot be read.
  access_state(access_actor::pointer self, access_options options, std::shared_ptr<access_store> store,
               boards_ptr out);

  access_actor::behavior_type make_behavior();

private:
  caf::result<void> on_put(const put_token& x);
  caf::result<void> on_erase(const erase_token& x);
  void publish(std::vector<access_token> all);

  access_options options_;
  std::shared_ptr<access_store> store_;
  boards_ptr boards_;
  std::uint64_t claim_; ///< On the board, which holds the state.
};

} // namespace kinora
