// The way of feeds into the actors: bounded, and shared fairly among tenants.
#pragma once

#include <algorithm>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace kinora::http {

/// Feeds are at work, with the actors, or wait for their turn. Tenants take turns, so that one that sends
/// many has them wait behind each other, not before those of others. A tenant's share of either bound is the
/// bound divided by the number of tenants that have a feed here. Any thread.
class feed_queue {
public:
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
    std::string tenant_;
    std::list<std::shared_ptr<feed>>::iterator place_; ///< While waiting.
  };

  enum class entry {
    at_work, ///< It is its turn at once; `begin` is not called.
    waiting, ///< `begin` or `give_way` is called, unless it leaves before.
    no_room, ///< It is not taken in.
  };

  /// `in_flight_max`: feeds here, at least 1. `at_work_max`: of them at work, at least 1; a tenant that uses
  /// less than its share of it does not wait even when others use up the rest, until twice as many are.
  feed_queue(std::size_t in_flight_max, std::size_t at_work_max)
      : in_flight_max_{in_flight_max}, at_work_max_{std::min(at_work_max, in_flight_max)} {}

  /// `may_wait`: false finds no room where it would have to wait.
  entry enter(const std::shared_ptr<feed>& x, const std::string& tenant, bool may_wait = true);

  using feeds = std::vector<std::shared_ptr<feed>>;

  /// Its answer is ready, or goes elsewhere. Returns those whose turn it is now, for `begin`. Without effect
  /// when it is not here.
  [[nodiscard]] feeds leave(feed& x);

  /// Has them begin, one after the other: also when one ends at once and others follow it.
  static void begin(feeds turns);

  std::size_t in_flight() const;

private:
  struct line {
    std::list<std::shared_ptr<feed>> waiting;
    std::size_t at_work = 0;
    std::list<std::string>::iterator turn; ///< In `turns_`, while one waits.

    std::size_t in_flight() const { return waiting.size() + at_work; }
  };

  std::size_t share_of(std::size_t bound) const;
  bool may_begin(const line& x) const;
  void wait(line& at, const std::shared_ptr<feed>& x);
  std::shared_ptr<feed> remove_waiting(line& from, feed& x);
  std::shared_ptr<feed> take_from_longest(const line& unless);
  std::shared_ptr<feed> take_next();
  void forget_empty(const std::string& tenant);

  const std::size_t in_flight_max_;
  const std::size_t at_work_max_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, line> lines_; ///< Of the tenants that have a feed here.
  std::list<std::string> turns_;                ///< Tenants of which one waits; the next one first.
  std::size_t waiting_ = 0;
  std::size_t at_work_ = 0;
};

} // namespace kinora::http
