// Clients that send events to one tenant, some of them again and again, and the account of what they are
// worth.
#pragma once

#include "tests/blackbox/support/writers.hpp"

#include <array>
#include <atomic>
#include <compare>
#include <deque>
#include <set>
#include <span>

namespace kinora::blackbox {

/// Events from several clients about few users and videos, in batches that hold events of before and of each
/// other too. Event n of a client is always the same, so that its name tells what it is worth; all events
/// occur at the same time, so that sums are whole multiples.
class event_traffic : public writer {
public:
  /// What events are about: these videos have to be in the catalogue and stay as they are, the first one `f0`
  /// with the tag `t0`, and so on.
  static constexpr int videos = 4;

  /// What the tenant's rules have to say.
  static constexpr int popularity_k = 10'000;
  static constexpr int popularity_half_life_hours = 8'760;

  event_traffic(std::string tenant, int clients, const std::filesystem::path& ledgers, unsigned seed);

  /// All clients, each on a thread of its own.
  void run(const server& to) override;

  /// That every acknowledged event is a duplicate, and counts once in the sums of its user and in the
  /// popularity of its video; that any other counts once or not at all, and once when it is sent again. Of
  /// the events before the last `run` a sample is sent again.
  std::string check(const server& at) override;

  /// That all events sent so far are duplicates. After `check`.
  std::string check_all(const server& at) const;

  std::size_t acknowledged() const override;

private:
  static constexpr int users = 5;

  struct event_name {
    int client;
    int number;
    auto operator<=>(const event_name&) const = default;
  };

  /// How many events each user has sent about each video: `videos` numbers for every user.
  using counts = std::array<int, std::size_t{users} * videos>;

  struct client {
    client(const std::filesystem::path& file, unsigned seed) : notes{file}, random{seed} {}

    ledger notes;
    std::mt19937 random;
    std::atomic<int> sent{0};             ///< Its first events, as many as that, have been sent.
    int known = 0;                        ///< As many were in the store after the last check.
    std::vector<event_name> acknowledged; ///< In the last run, its own and others'.
    std::size_t acknowledgements = 0;     ///< Of batches.
    std::string complaints;               ///< Answers that should not have been.
  };

  void run(const server& to, int number);
  std::vector<event_name> draw(int number);
  void note_answer(client& of, const std::vector<event_name>& batch, const reply& answer) const;

  static std::string text_of(const event_name& x);
  static std::size_t cell_of(const event_name& x); ///< In `counts`.
  static boost::json::object event_of(const event_name& x);

  /// The events of the last run: those that were acknowledged, then the others.
  std::pair<std::set<event_name>, std::set<event_name>> last_run() const;

  counts seen_in(const server& at) const;
  std::string check_counts(const counts& seen, const counts& least, const counts& most) const;
  std::string check_popularity(const server& at, const counts& seen) const;

  /// Says what is wrong when another number of them than `expected` is accepted.
  std::string send_again(const server& at, std::span<const event_name> events, int expected) const;

  std::string tenant_;
  std::deque<client> clients_;
  counts known_{}; ///< What was in the store after the last check.
  std::mt19937 random_;
};

} // namespace kinora::blackbox
