#include "http/rate_limit.hpp"

#include "http/problem.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace kinora::http {

namespace {

/// What the headers say: the policy of a limiter, and what it said to the request.
struct quota {
  rate_limit each;
  rate_verdict verdict;

  /// Until there is one more request, in whole seconds; what Retry-After says, too, which must not be before
  /// the end of the window.
  std::string seconds() const {
    return std::to_string(std::chrono::ceil<std::chrono::seconds>(verdict.next_in).count());
  }

  /// The policy's window is the time in which an empty bucket fills: who keeps to so many requests in any
  /// such time is never refused.
  void tell(response& out) const {
    const auto window = std::chrono::ceil<std::chrono::seconds>(each.fill_time()).count();
    out.headers.emplace_back("RateLimit-Policy",
                             "\"user\";q=" + std::to_string(each.burst) + ";w=" + std::to_string(window));
    out.headers.emplace_back("RateLimit", "\"user\";r=" + std::to_string(verdict.left) + ";t=" + seconds());
  }
};

response with_quota(response answer, const quota& says) {
  if (answer.status < 400)
    says.tell(answer);
  return answer;
}

/// Has every good answer tell of the limit.
class limited_exchange final : public exchange {
public:
  limited_exchange(exchange_ptr inner, const quota& says) : inner_{std::move(inner)}, says_{says} {}

  bool complete(response answer) override { return inner_->complete(with_quota(std::move(answer), says_)); }

  void expire_at(steady_time deadline, compose fallback) override {
    inner_->expire_at(
        deadline, [says = says_, fallback = std::move(fallback)] { return with_quota(fallback(), says); });
  }

private:
  exchange_ptr inner_;
  quota says_;
};

void count_limited(api& x, const std::string& tenant, std::size_t requests) {
  const auto is_known = x.tree.boards()->find(tenant) != nullptr; // other names are easily made up
  x.telemetry.count_rate_limited(is_known ? tenant : "", requests);
}

bool go_on(const quota& says, exchange_ptr& out) {
  out = std::make_shared<limited_exchange>(std::move(out), says);
  return true;
}

bool refuse(const request& req, const quota& says, const std::string& whose, const exchange_ptr& out) {
  auto answer =
      problem(req, {errc::too_many_requests, "user_hash", whose + "; try again in " + says.seconds() + " s"});
  answer.set("Retry-After", says.seconds());
  says.tell(answer);
  out->complete(std::move(answer));
  return false;
}

} // namespace

bool admit_user(api& x, const request& req, const std::string& tenant, const std::string& user,
                exchange_ptr& out) {
  if (!x.limiter)
    return true;
  const quota says{x.limiter->each(), x.limiter->take(tenant, user, std::chrono::steady_clock::now())};
  if (says.verdict.is_admitted)
    return go_on(says, out);
  count_limited(x, tenant, 1);
  return refuse(req, says, "this user has sent too many requests", out);
}

bool admit_users(api& x, const request& req, const std::string& tenant, events_upload& sent,
                 exchange_ptr& out) {
  if (!x.limiter || sent.events.empty())
    return true;
  const auto now = std::chrono::steady_clock::now();
  std::unordered_map<std::string, quota> users;
  for (const auto& event : sent.events)
    if (auto [user, is_new] = users.try_emplace(event.user); is_new)
      user->second = {x.limiter->each(), x.limiter->take(tenant, event.user, now)};
  const auto is_over = [](const auto& user) { return !user.second.verdict.is_admitted; };
  const auto over = static_cast<std::size_t>(std::ranges::count_if(users, is_over));
  const auto& least = std::ranges::min_element(users, {}, [](const auto& user) {
                        const auto& verdict = user.second.verdict;
                        return std::tuple{verdict.is_admitted, verdict.left, -verdict.next_in};
                      })->second;
  if (over > 0)
    count_limited(x, tenant, over);
  if (over == users.size())
    return refuse(req, least, "every user in the batch has sent too many requests", out);
  if (over > 0)
    reject_events(sent, event_fault::rate_limited, [&](const event& each) -> std::optional<std::string> {
      const auto& says = users.at(each.user);
      if (says.verdict.is_admitted)
        return std::nullopt;
      return "user_hash has sent too many requests; send the event again in " + says.seconds() + " s";
    });
  return go_on(least, out);
}

} // namespace kinora::http
