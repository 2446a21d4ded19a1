#pragma once

#include "actors/faults.hpp"
#include "actors/messages.hpp"

#include <caf/expected.hpp>

#include <functional>
#include <random>
#include <stdexcept>
#include <thread>
#include <unordered_map>

namespace kinora {

/// How a worker (ranker, signal fetcher) does one piece of work: an exception fails that piece and nothing
/// else, and an injected fault comes on top.
template <class Self, class Result>
class workbench {
public:
  using work = std::function<caf::expected<Result>()>;

  workbench(Self* self, std::uint64_t seed) : self_{self}, random_{seed} {}

  caf::result<Result> run(const std::optional<fault>& injected, work todo) {
    if (!injected)
      return attempt(todo);
    if (injected->hang)
      return self_->template make_response_promise<Result>(); // dropped: the caller sees its own timeout
    if (injected->throws)
      todo = []() -> caf::expected<Result> { throw std::runtime_error{"injected fault: throw"}; };
    else if (std::uniform_real_distribution{}(random_) < injected->error_rate)
      todo = []() -> caf::expected<Result> { return caf::make_error(errc::injected_fault); };
    if (injected->busy.count() > 0)
      todo = [next = std::move(todo), busy = injected->busy] {
        std::this_thread::sleep_for(busy);
        return next();
      };
    if (injected->delay.count() == 0)
      return attempt(todo);
    auto promise = self_->template make_response_promise<Result>();
    late_.emplace(++last_late_, late_work{promise, std::move(todo)});
    port::tell_later(self_, injected->delay, late_atom_v, last_late_);
    return promise;
  }

  /// Does the work that was put off.
  void on_late(std::uint64_t id) {
    auto i = late_.find(id);
    if (i == late_.end())
      return;
    auto x = std::move(i->second);
    late_.erase(i);
    auto outcome = attempt(x.todo);
    if (outcome)
      x.promise.deliver(std::move(*outcome));
    else
      x.promise.deliver(std::move(outcome.error()));
  }

private:
  struct late_work {
    caf::typed_response_promise<Result> promise;
    work todo;
  };

  static caf::expected<Result> attempt(const work& todo) {
    try {
      return todo();
    } catch (const std::exception& ex) {
      return caf::make_error(errc::work_failed, std::string{ex.what()});
    } catch (...) {
      return caf::make_error(errc::work_failed, std::string{"unknown exception"});
    }
  }

  Self* self_;
  std::minstd_rand random_;
  std::unordered_map<std::uint64_t, late_work> late_; ///< At most what is in flight.
  std::uint64_t last_late_ = 0;
};

} // namespace kinora
