#pragma once

#include "domain/time.hpp"
#include "storage/stores.hpp"
#include "transfer/destination.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace kinora {

struct store_destination_options {
  std::string tenant;
  std::size_t tenants_max = 1'000;
  std::size_t videos_max = 200'000; ///< Of the tenant.
  std::function<wall_time()> wall_clock;
};

/// An import straight into a store that no server has open. Holds of every video what events teach: tags,
/// creator and length.
class store_destination : public destination {
public:
  store_destination(store_destination_options options, stores to);

  result<bool> open_tenant() override;
  result<piece_outcome> take(row_kind kind, std::string_view piece) override;

private:
  using video_ptr = std::shared_ptr<const video>;

  result<void> save_rules(tenant_rules x);
  result<piece_outcome> take_rules(std::string_view piece);
  result<piece_outcome> take_videos(std::string_view piece);
  result<piece_outcome> take_signals(std::string_view piece);
  result<piece_outcome> take_popularity(std::string_view piece);
  result<piece_outcome> take_events(std::string_view piece);
  void add_effect(event_batch& to, event x) const;
  event_batch make_batch() const;
  result<batch_outcome> apply(event_batch batch);

  store_destination_options options_;
  stores stores_;
  versioned_rules rules_;
  std::unordered_map<std::string, video_ptr> videos_;
};

} // namespace kinora
