#pragma once

#include "actors/audit_notes.hpp"
#include "actors/interfaces.hpp"
#include "actors/registry.hpp"
#include "actors/turnstile.hpp"
#include "domain/catalogue.hpp"
#include "domain/ranking.hpp"
#include "storage/stores.hpp"

#include <deque>
#include <functional>
#include <vector>

namespace kinora {

struct tenant_options {
  std::string id;
  std::size_t videos_max = 200'000;
  std::chrono::milliseconds trending_ttl{60'000}; ///< How old the trending list may get.
  std::function<wall_time()> wall_clock;
  std::shared_ptr<turnstile> turns = std::make_shared<turnstile>(); ///< Shared with the other tenants.
  describers describe{};
  record_ptr ranking_breaker{}; ///< Told of new rules; may be empty.
  item_writer write_item{};     ///< For the catalogue; may be empty.
};

/// State and behaviour of a TENANT: owner of one tenant's rules, their versions, its catalogue and SDK keys.
/// Stores a change, then publishes a snapshot of both with the trending list, then answers; changes that
/// arrive together share one snapshot. What events do to the popularity of its videos it reads from the store
/// soon after. What takes long waits for a turn among all tenants and goes in pieces, so that feeds go on
/// beside it. Supervised by tenants; a new instance starts from the store. Blocks as long as its store does,
/// so it runs on a thread of its own.
class tenant_state {
public:
  static inline const char* name = "kinora.tenant";

  /// Throws when the store cannot be read or holds no rules of this tenant.
  tenant_state(tenant_actor::pointer self, tenant_options options, stores from, tenant_board_ptr out);

  tenant_actor::behavior_type make_behavior();

private:
  caf::result<payload<put_outcome>> on_put_rules(const put_rules& x);
  caf::result<payload<std::vector<versioned_rules>>> on_versions();
  caf::result<payload<versioned_rules>> on_rollback(const rollback_rules& x);
  caf::result<void> on_put_key(const put_sdk_key& x);
  caf::result<void> on_erase_keys(const erase_sdk_keys& x);
  caf::result<payload<upsert_outcome>> on_upsert(const payload<upsert_videos>& x);
  caf::result<void> on_erase(const erase_video& x);
  caf::result<video_ptr> on_find(const std::string& id);
  caf::result<payload<slate>> on_preview(const payload<preview_job>& x);
  void on_work();
  void on_learn();
  void on_tick();

  void load_rules();
  void load_keys();
  std::optional<caf::error> set_rules(const tenant_rules& next, const author& by, const char* action,
                                      const std::string& target);
  void answer_with_new_rules(std::function<void()> answer);
  void load_catalogue();
  void load_popularity();
  void read_popularity(const std::vector<std::string>& ids);
  void learn_later();
  void add(std::vector<video_ptr> videos);
  caf::expected<payload<upsert_outcome>> upsert(const upsert_videos& x);
  audit_entry note_of_upload(const upsert_videos& x, const std::vector<video_ptr>& accepted) const;
  template <class Result>
  caf::result<Result> later(std::size_t cost, std::function<void(caf::typed_response_promise<Result>)> work);
  void schedule_work(std::chrono::milliseconds delay);
  void answer_when_published(std::function<void()> answer);
  void publish();
  void schedule_tick(const trending_list& trending);
  caf::expected<payload<slate>> preview(const preview_job& x);

  tenant_actor::pointer self_;
  tenant_options options_;
  stores stores_;
  tenant_board_ptr board_;
  std::uint64_t claim_; ///< On the board.
  std::shared_ptr<const tenant_rules> rules_;
  std::uint64_t revision_ = 0;
  std::uint32_t version_ = 0; ///< Of the rules.
  catalogue catalogue_;
  ranking ranking_; ///< For previews.

  /// Work that takes long, in the order asked.
  struct long_work {
    std::size_t cost; ///< Videos it goes through.
    std::function<void()> run;
  };
  std::deque<long_work> todo_;
  std::vector<std::function<void()>> waiting_; ///< Answers that go out once the next snapshot is published.
  bool work_scheduled_ = false;
  bool learn_scheduled_ = false;
  bool repriced_ = false;                      ///< Popularity has changed since the last snapshot.
  steady_time next_tick_ = steady_time::max(); ///< When the earliest tick that is under way is due.
};

} // namespace kinora
