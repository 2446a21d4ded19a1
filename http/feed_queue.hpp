// The way of feeds into the actors: bounded, and shared fairly among tenants.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace kinora::http {

/// Feeds are at work, with the actors, or wait for their turn. Tenants take turns, so that one that sends
/// many has them wait behind each other, not before those of others. A tenant's share of each bound is the
/// bound divided by the number of tenants that have a feed here. Feeds whose signals must be read have a
/// bound of their own, and nobody else waits behind them. Any thread.
class feed_queue {
public:
  /// What a feed has to wait for when it is at work.
  enum class kind : std::uint8_t { ranking, reading };

  /// One feed. Its methods are called without a lock, by whatever thread made it its turn.
  class feed {
  public:
    virtual ~feed() = default;

    /// It waited, and now it is its turn.
    virtual void begin() = 0;

    /// It waited, and lost its place to a tenant that had less than its share.
    virtual void give_way() = 0;

  private:
    friend class feed_queue;
    enum class state { outside, waiting, at_work };
    state state_ = state::outside;
    kind kind_ = kind::ranking;
    std::string tenant_;
    std::list<std::shared_ptr<feed>>::iterator place_; ///< While waiting.
  };

  enum class entry {
    at_work, ///< It is its turn at once; `begin` is not called.
    waiting, ///< `begin` or `give_way` is called, unless it leaves before.
    no_room, ///< It is not taken in.
  };

  using limit_source = std::function<std::size_t()>;

  /// `in_flight_max`: feeds here when one would have to wait, at least 1; who can begin at once may come on
  /// top. `at_work_max`: of them at work, without those that read, at
  /// least 1; a tenant that uses less than its share of it does not wait even when others use up the rest,
  /// until twice as many are. Those that have stopped reading come on top. `reading_max`: those that read; it
  /// may change, and is called under a lock.
  feed_queue(std::size_t in_flight_max, std::size_t at_work_max, limit_source reading_max)
      : in_flight_max_{in_flight_max},
        kinds_{{{[at_work_max] { return at_work_max; }, {}, 0}, {std::move(reading_max), {}, 0}}} {}

  /// The same bound for both kinds.
  feed_queue(std::size_t in_flight_max, std::size_t at_work_max)
      : feed_queue{in_flight_max, at_work_max, [at_work_max] { return at_work_max; }} {}

  /// `may_wait`: false finds no room where it would have to wait.
  entry enter(const std::shared_ptr<feed>& x, const std::string& tenant, bool may_wait = true,
              kind of = kind::ranking);

  using feeds = std::vector<std::shared_ptr<feed>>;

  /// Its answer is ready, or goes elsewhere. Returns those whose turn it is now, for `begin`. Without effect
  /// when it is not here.
  [[nodiscard]] feeds leave(feed& x);

  /// It has read what it needs, and is at work as one that does not read: another may read in its place,
  /// unless too many of those are. Returns those whose turn it is now, for `begin`. Without effect on others.
  [[nodiscard]] feeds stop_reading(feed& x);

  /// Has them begin, one after the other: also when one ends at once and others follow it, or
  /// there is no memory for one.
  static void begin(feeds turns);

  std::size_t in_flight() const;

private:
  static constexpr std::size_t kind_count = 2;

  /// The feeds of one kind.
  struct all_of_kind {
    limit_source at_work_max;
    std::list<std::string> turns; ///< Tenants of which one waits; the next one first.
    std::size_t at_work = 0;
  };

  /// Those of one tenant.
  struct line_of_kind {
    std::list<std::shared_ptr<feed>> waiting;
    std::size_t at_work = 0;
    std::list<std::string>::iterator turn; ///< While one waits.
  };

  /// One tenant, with a feed here.
  struct line {
    std::array<line_of_kind, kind_count> kinds;

    line_of_kind& of(kind x) { return kinds[static_cast<std::size_t>(x)]; }
    const line_of_kind& of(kind x) const { return kinds[static_cast<std::size_t>(x)]; }
    std::size_t in_flight() const {
      std::size_t out = 0;
      for (auto& x : kinds)
        out += x.waiting.size() + x.at_work;
      return out;
    }
  };

  all_of_kind& all(kind x) { return kinds_[static_cast<std::size_t>(x)]; }
  const all_of_kind& all(kind x) const { return kinds_[static_cast<std::size_t>(x)]; }

  std::size_t share_of(std::size_t bound) const;
  bool may_begin(const line& x, kind of) const;
  void start_work(line& at, feed& x);
  void end_work(line& at, feed& x);
  feeds take_all_that_may();
  void wait(line& at, std::list<std::shared_ptr<feed>>& place, std::list<std::string>& turn) noexcept;
  std::shared_ptr<feed> remove_waiting(line& from, feed& x);
  std::shared_ptr<feed> take_from_longest(const line& unless);
  std::shared_ptr<feed> take_next(kind of);
  void forget_empty(const std::string& tenant);

  const std::size_t in_flight_max_;
  mutable std::mutex mutex_;
  std::array<all_of_kind, kind_count> kinds_;
  std::unordered_map<std::string, line> lines_; ///< Of the tenants that have a feed here.
  std::size_t in_flight_ = 0;
};

} // namespace kinora::http
