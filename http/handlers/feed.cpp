#include "domain/feed.hpp"
#include "domain/ids.hpp"
#include "http/api.hpp"
#include "http/feed_response.hpp"
#include "http/inputs.hpp"
#include "http/problem.hpp"

namespace kinora::http {

namespace {

constexpr std::size_t exclude_ids_max = 200;
constexpr std::size_t exclude_bytes_max = 2048; ///< As sent.

result<std::string> read_user(const request& req, const query_params& query) {
  auto header = single_header(req, "X-User-Hash");
  if (!header)
    return header.error();
  auto param = query.find("user_hash");
  if (param && *header && *param != **header)
    return invalid("user_hash", "the parameter and the X-User-Hash header name different users");
  if (!param && !*header)
    return invalid("user_hash", "is missing: send the parameter user_hash or the header X-User-Hash");
  std::string user{param ? *param : **header};
  if (auto bad = check_user_hash(user))
    return *bad;
  return user;
}

/// "a,b\,c" → "a", "b,c"; empty pieces are skipped.
result<std::vector<std::uint64_t>> read_exclude(std::string_view list) {
  std::vector<std::uint64_t> out;
  std::string id;
  auto finish = [&]() -> std::optional<failure> {
    if (id.empty())
      return std::nullopt;
    if (auto bad = check_video_id(id, "exclude"))
      return bad;
    if (out.size() == exclude_ids_max)
      return invalid("exclude", "names more than " + std::to_string(exclude_ids_max) + " ids");
    out.push_back(video_hash(id));
    id.clear();
    return std::nullopt;
  };
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i] == '\\' && i + 1 < list.size() && list[i + 1] == ',') {
      id += list[++i];
    } else if (list[i] != ',') {
      id += list[i];
    } else if (auto bad = finish()) {
      return *bad;
    }
  }
  if (auto bad = finish())
    return *bad;
  return out;
}

std::optional<failure> read_page(const request& req, const query_params& query, const api& x,
                                 feed_request& out) {
  out.page.limit = x.options.feed_limit_default;
  if (auto text = query.find("limit")) {
    auto limit = parse_count(*text, "limit", x.options.feed_limit_max);
    if (!limit)
      return limit.error();
    out.page.limit = *limit;
  }
  if (auto text = query.find("explain")) {
    auto explain = parse_switch(*text, "explain");
    if (!explain)
      return explain.error();
    out.page.explain = *explain;
  }
  if (auto text = query.find("exclude")) {
    if (query.bytes_sent("exclude") > exclude_bytes_max)
      return invalid("exclude", "is longer than " + std::to_string(exclude_bytes_max) + " bytes");
    auto excluded = read_exclude(*text);
    if (!excluded)
      return excluded.error();
    out.page.excluded = std::move(*excluded);
  }
  if (auto text = query.find("cursor")) {
    auto found = x.cursors.decode(*text, out.tenant, out.user, req.now);
    if (!found)
      return found.error();
    out.session_binds_user = found->binds_user;
    out.page.served = std::move(found->served);
  }
  return std::nullopt;
}

result<feed_request> read_request(const request& req, const route_params& params, const api& x) {
  feed_request out;
  auto tenant = read_tenant(req, x.options.default_tenant);
  if (!tenant)
    return tenant.error();
  out.tenant = std::move(*tenant);
  auto query = params.query();
  if (!query)
    return query.error();
  auto user = read_user(req, *query);
  if (!user)
    return user.error();
  out.user = std::move(*user);
  if (auto bad = read_page(req, *query, x, out))
    return *bad;
  out.request_id = req.request_id;
  out.now = req.now;
  out.deadline = req.received_at + x.options.feed_budget;
  return out;
}

/// One feed between the exchange and the actors: turns whatever comes first into the response.
class feed_flight : public std::enable_shared_from_this<feed_flight> {
public:
  feed_flight(api& x, feed_request parsed, const request& req, exchange_ptr out)
      : api_{x},
        request_{std::move(parsed)},
        if_none_match_{req.header("If-None-Match").value_or("")},
        received_at_{req.received_at},
        out_{std::move(out)} {}

  ~feed_flight() { leave(); }

  void start() {
    if (api_.feeds_in_flight.fetch_add(1) >= api_.options.feeds_in_flight_max) {
      api_.feeds_in_flight.fetch_sub(1);
      answer(fallback(degraded_reason::overload));
      return;
    }
    counted_.store(true);
    api_.telemetry.add_in_flight(1);
    auto worker = api_.tree.reach()->handlers.next();
    if (!worker) {
      answer(fallback(degraded_reason::handler_unavailable));
      return;
    }
    auto on_answer = [flight = shared_from_this()](std::optional<feed_answer> x) {
      auto is_late = !x && std::chrono::steady_clock::now() >= flight->request_.deadline;
      if (flight->expired_.load() || is_late)
        return; // the deadline answers
      if (x)
        flight->answer(*x);
      else
        flight->answer(flight->fallback(degraded_reason::handler_unavailable));
    };
    auto job = std::make_shared<const feed_job>(request_, std::move(on_answer));
    out_->expire_at(request_.deadline, [flight = shared_from_this(), record = worker->record,
                                        waiting = std::weak_ptr<const feed_job>{job}] {
      auto at = std::chrono::steady_clock::now(); // before the look at the mark: who takes it up later has
                                                  // run since
      auto left = waiting.lock();
      if (left && !left->taken_up.get())
        record->suspect(at);
      flight->expired_.store(true);
      auto late = flight->fallback(degraded_reason::deadline_exceeded);
      flight->record_answer(late);
      return flight->respond(late);
    });
    port::tell(worker->handle, feed_atom_v, std::move(job));
  }

private:
  void answer(const feed_answer& x) {
    if (out_->complete(respond(x)))
      record_answer(x);
  }

  /// What can be answered from the boards alone.
  feed_answer fallback(degraded_reason reason) const {
    auto& boards = *api_.tree.boards();
    auto tenant = boards.snapshot_of(request_.tenant);
    if (!tenant)
      return empty_answer(request_, boards.find(request_.tenant) ? reason : degraded_reason::unknown_tenant);
    auto decision =
        decide_personalization(*boards.flags.load(), *tenant->rules, request_.tenant, request_.user);
    return trending_answer(*tenant, request_, decision, nullptr, reason);
  }

  response respond(const feed_answer& x) {
    leave();
    return feed_response(x, request_, if_none_match_, {api_.cursors, api_.options.cursor_ttl}, age());
  }

  void record_answer(const feed_answer& x) {
    auto known = api_.tree.boards()->find(request_.tenant) != nullptr;
    api_.telemetry.count_feed(known ? request_.tenant : "", to_string_view(x.type),
                              to_string_view(x.degraded));
    if (x.stages.signals)
      api_.telemetry.observe_stage(feed_stage::signals, *x.stages.signals);
    if (x.stages.ranking)
      api_.telemetry.observe_stage(feed_stage::ranking, *x.stages.ranking);
    api_.telemetry.observe_stage(feed_stage::total, age());
  }

  std::chrono::nanoseconds age() const { return std::chrono::steady_clock::now() - received_at_; }

  /// The client has its answer: it counts as in flight no more, whatever still sits in a mailbox.
  void leave() {
    if (!counted_.exchange(false))
      return;
    api_.feeds_in_flight.fetch_sub(1);
    api_.telemetry.add_in_flight(-1);
  }

  api& api_;
  feed_request request_;
  std::string if_none_match_;
  steady_time received_at_;
  exchange_ptr out_;
  std::atomic<bool> counted_{false};
  std::atomic<bool> expired_{false}; ///< The deadline has answered; what still comes is not looked at.
};

} // namespace

void add_feed_route(router& routes, api& x) {
  route_options options;
  options.query = {"user_hash", "limit", "cursor", "exclude", "explain"};
  routes.add("GET", "/v1/feed", options,
             [&x](const request& req, const route_params& params, exchange_ptr out) {
               auto parsed = read_request(req, params, x);
               if (x.stage.load() == phase::starting)
                 out->complete(problem(req, errc::unavailable, "the server is starting"));
               else if (!parsed)
                 out->complete(problem(req, parsed.error()));
               else
                 std::make_shared<feed_flight>(x, std::move(*parsed), req, std::move(out))->start();
             });
}

} // namespace kinora::http
