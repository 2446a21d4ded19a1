#include "http/router.hpp"

#include "http/inputs.hpp"
#include "http/problem.hpp"
#include "http/request_id.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <stdexcept>

namespace kinora::http {

namespace {

constexpr auto exposed_headers = "ETag, X-Request-ID, X-Personalized, X-Feed-Type, X-Degraded, "
                                 "Server-Timing, Retry-After, RateLimit, RateLimit-Policy";
constexpr auto allowed_request_headers = "Authorization, Content-Type, If-None-Match, X-Request-ID, "
                                         "X-Tenant-ID, X-User-Hash, traceparent, tracestate";
constexpr auto preflight_max_age_sec = "600";

/// Applies the decoration to whatever answers the request, when it does, and tells of it.
class decorating_exchange final : public exchange {
public:
  decorating_exchange(exchange_ptr inner, std::function<response(response)> decorate,
                      std::function<void(int)> on_status)
      : inner_{std::move(inner)}, decorate_{std::move(decorate)}, on_status_{std::move(on_status)} {}

  bool complete(response answer) override {
    const auto status = answer.status;
    if (!inner_->complete(decorate_(std::move(answer))))
      return false;
    on_status_(status);
    return true;
  }

  void expire_at(steady_time deadline, compose fallback) override {
    inner_->expire_at(deadline,
                      [decorate = decorate_, on_status = on_status_, fallback = std::move(fallback)] {
                        auto answer = decorate(fallback());
                        on_status(answer.status);
                        return answer;
                      });
  }

private:
  exchange_ptr inner_;
  std::function<response(response)> decorate_;
  std::function<void(int)> on_status_;
};

/// "a, b" → {"a", "b"}.
std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    auto item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    item.remove_prefix(std::min(item.find_first_not_of(' '), item.size()));
    item = item.substr(0, item.find_last_not_of(' ') + 1);
    if (!item.empty())
      items.emplace_back(item);
  }
  return items;
}

bool equals_decoded(std::string_view raw, std::string_view text) {
  if (raw.find('%') == raw.npos)
    return raw == text;
  const auto decoded = percent_decode(raw, "path");
  return decoded && *decoded == text;
}

void append_vary(response& answer, std::string_view name) {
  const auto known = answer.header("Vary");
  answer.set("Vary", known ? std::string{*known} + ", " + std::string{name} : std::string{name});
}

} // namespace

const std::string& route_params::at(std::string_view name) const {
  for (const auto& [key, value] : path_)
    if (key == name)
      return value;
  throw std::out_of_range{"no such path parameter"};
}

router::router(router_options options)
    : origins_{split_list(options.cors_origins)},
      first_admin_{std::make_shared<const principal>(
          principal{std::string{first_admin_id}, std::string{first_admin_name}, role::admin, {}})},
      find_caller_{std::move(options.find_caller)},
      on_exception_{std::move(options.on_exception)},
      on_answer_{std::move(options.on_answer)} {
  if (!options.admin_token.empty())
    first_digest_ = digest_of(options.admin_token);
}

// -- the table ---------------------------------------------------------------------------------------------

std::vector<router::segment> router::parse_pattern(std::string_view pattern) {
  std::vector<segment> segments;
  for (const auto part : split_path(pattern)) {
    if (part.starts_with('{') && part.ends_with("*}"))
      segments.push_back({segment::kind::rest, std::string{part.substr(1, part.size() - 3)}});
    else if (part.starts_with('{') && part.ends_with('}'))
      segments.push_back({segment::kind::one, std::string{part.substr(1, part.size() - 2)}});
    else
      segments.push_back({segment::kind::text, std::string{part}});
  }
  return segments;
}

void router::add(std::string_view method, std::string_view pattern, route_options options,
                 route_handler handler) {
  auto known =
      std::find_if(routes_.begin(), routes_.end(), [&](const route& x) { return x.pattern == pattern; });
  if (known == routes_.end())
    known = routes_.insert(known, route{std::string{pattern}, parse_pattern(pattern), {}});
  for (const auto& x : known->endpoints)
    if (x.method == method || x.options.needs.has_value() != options.needs.has_value())
      throw std::logic_error{"the route is there already, or is for admins in part: " + std::string{pattern}};
  known->endpoints.push_back({std::string{method}, std::move(options), std::move(handler)});
}

std::vector<route_info> router::routes() const {
  std::vector<route_info> out;
  for (const auto& x : routes_)
    for (const auto& y : x.endpoints)
      out.push_back({y.method, x.pattern, y.options});
  return out;
}

// -- finding the route -------------------------------------------------------------------------------------

bool router::matches(const std::vector<segment>& pattern, const std::vector<std::string_view>& path,
                     std::vector<std::string_view>& raw_params) {
  const auto has_rest = std::any_of(pattern.begin(), pattern.end(),
                                    [](const segment& x) { return x.what == segment::kind::rest; });
  if (has_rest ? path.size() < pattern.size() : path.size() != pattern.size())
    return false;
  raw_params.clear();
  auto next = path.begin();
  for (const auto& x : pattern) {
    const auto first = next;
    next += x.what == segment::kind::rest ? static_cast<std::ptrdiff_t>(path.size() - pattern.size() + 1) : 1;
    if (x.what == segment::kind::text) {
      if (!equals_decoded(*first, x.text))
        return false;
      continue;
    }
    if (std::any_of(first, next, [](std::string_view part) { return part.empty(); }))
      return false;
    const auto last = next - 1; // the segments are parts of one string
    raw_params.emplace_back(first->data(),
                            static_cast<std::size_t>(last->data() + last->size() - first->data()));
  }
  return true;
}

router::target router::find(std::string_view path) const {
  target out;
  out.refusal = errc::not_found;
  if (!path.starts_with('/'))
    return out;
  const auto parts = split_path(path);
  for (const auto part : parts)
    if (equals_decoded(part, ".") || equals_decoded(part, ".."))
      return out;
  for (const auto& x : routes_) {
    if (!matches(x.segments, parts, out.raw_params))
      continue;
    out.matched = &x;
    out.refusal = errc::none;
    break;
  }
  return out;
}

router::target router::resolve(const request& req, listener_kind listener) const {
  auto out = find(req.path);
  if (out.matched == nullptr)
    return out;
  if (out.matched->is_admin()) {
    if (listener != listener_kind::admin_port)
      return {nullptr, nullptr, {}, errc::not_found};
    out.caller = caller_of(req);
    if (!out.caller) {
      out.refusal = errc::unauthorized;
      return out;
    }
  }
  const auto method = req.method == "HEAD" ? std::string_view{"GET"} : std::string_view{req.method};
  for (const auto& x : out.matched->endpoints)
    if (x.method == method)
      out.served_by = &x;
  if (out.served_by == nullptr && method != "OPTIONS")
    out.refusal = errc::method_not_allowed;
  else if (out.caller && out.served_by != nullptr && !is_allowed(out))
    out.refusal = errc::forbidden;
  return out;
}

std::shared_ptr<const principal> router::caller_of(const request& req) const {
  const auto token = bearer_token(req);
  if (!token)
    return nullptr;
  const auto sent = digest_of(*token);
  if (first_digest_ && CRYPTO_memcmp(sent.data(), first_digest_->data(), sent.size()) == 0)
    return first_admin_;
  return find_caller_(sent);
}

/// The tenant is the one that the handler will see: decoded in the same way.
bool router::is_allowed(const target& x) {
  const auto& options = x.served_by->options;
  auto raw = x.raw_params.begin();
  for (const auto& part : x.matched->segments) {
    if (part.what == segment::kind::text)
      continue;
    const auto value = percent_decode(*raw++, part.text);
    if (part.text == "tenant")
      return may(*x.caller, *options.needs, value ? *value : std::string_view{});
  }
  return may(*x.caller, *options.needs) ||
         (options.for_limited && may(*x.caller, *options.needs, x.caller->tenants.front()));
}

admission router::admit(const request& req, listener_kind listener) const {
  const auto found = resolve(req, listener);
  admission out;
  out.refusal = found.refusal;
  if (found.served_by != nullptr) {
    out.body_bytes_max = found.served_by->options.body_bytes_max;
    out.always = found.served_by->options.always;
  }
  return out;
}

// -- answering ---------------------------------------------------------------------------------------------

std::string router::allowed_methods(const route& x) {
  std::string out;
  for (const auto& y : x.endpoints)
    out += y.method == "GET" ? "GET, HEAD, " : y.method + ", ";
  return out + "OPTIONS";
}

std::optional<std::string> router::allowed_origin(const request& req) const {
  const auto origin = req.header("Origin");
  if (!origin)
    return std::nullopt;
  for (const auto& x : origins_)
    if (x == "*" || x == *origin)
      return x;
  return std::nullopt;
}

response router::answer_options(const request& req, const route& x) const {
  response answer;
  answer.status = 204;
  answer.set("Allow", allowed_methods(x));
  if (!x.is_admin() && allowed_origin(req) && req.header("Access-Control-Request-Method"))
    answer.set("Access-Control-Allow-Methods", allowed_methods(x))
        .set("Access-Control-Allow-Headers", allowed_request_headers)
        .set("Access-Control-Max-Age", preflight_max_age_sec);
  return answer;
}

response router::answer_refusal(const request& req, const target& x) const {
  switch (x.refusal) {
  case errc::unauthorized:
    return problem(req, errc::unauthorized, "send an admin token as \"Authorization: Bearer <token>\"");
  case errc::forbidden: return problem(req, errc::forbidden, "this token's role or tenants do not allow it");
  case errc::method_not_allowed:
    return problem(req, errc::method_not_allowed, "this route has other methods; see Allow")
        .set("Allow", allowed_methods(*x.matched));
  default: return problem(req, errc::not_found, "no such route");
  }
}

void router::run(const request& req, const target& x, const exchange_ptr& out) const {
  route_params params{req.query, x.served_by->options.query, x.caller};
  auto raw = x.raw_params.begin();
  for (const auto& part : x.matched->segments) {
    if (part.what == segment::kind::text)
      continue;
    auto value = percent_decode(*raw++, part.text);
    if (!value) {
      out->complete(problem(req, value.error()));
      return;
    }
    params.add(part.text, std::move(*value));
  }
  try {
    x.served_by->handler(req, params, out);
  } catch (const std::exception& e) {
    on_exception_(req, e.what());
    out->complete(problem(req, errc::none, "the request could not be handled; the log says why"));
  } catch (...) {
    on_exception_(req, "an exception of an unknown type");
    out->complete(problem(req, errc::none, "the request could not be handled; the log says why"));
  }
}

void router::serve(const request& req, listener_kind listener, exchange_ptr out) const {
  const auto found = resolve(req, listener);
  const auto decorated = std::make_shared<decorating_exchange>(std::move(out), decorator(req, found.matched),
                                                               observer(req, listener, found.matched));
  if (found.refusal != errc::none)
    decorated->complete(answer_refusal(req, found));
  else if (found.served_by == nullptr)
    decorated->complete(answer_options(req, *found.matched));
  else
    run(req, found, decorated);
}

std::function<void(int)> router::observer(const request& req, listener_kind listener,
                                          const route* matched) const {
  const std::string_view pattern = matched != nullptr ? matched->pattern : std::string_view{};
  return [this, listener, pattern, method = req.method, since = req.received_at](int status) {
    on_answer_({listener, pattern, method, status, std::chrono::steady_clock::now() - since});
  };
}

response router::decorate(const request& req, response answer) const {
  return decorator(req, find(req.path).matched)(std::move(answer));
}

void router::count(const request& req, listener_kind listener, int status) const {
  observer(req, listener, find(req.path).matched)(status);
}

std::function<response(response)> router::decorator(const request& req, const route* matched) const {
  const auto has_cors = !origins_.empty() && (matched == nullptr || !matched->is_admin());
  std::optional<std::string> traceparent;
  if (const auto inbound = req.header("traceparent"); inbound && is_traceparent(*inbound))
    traceparent = *inbound;
  return [id = req.request_id, traceparent, has_cors,
          origin = has_cors ? allowed_origin(req) : std::nullopt](response answer) {
    answer.set("X-Request-ID", id);
    if (traceparent)
      answer.set("traceparent", *traceparent);
    if (has_cors)
      append_vary(answer, "Origin");
    if (origin)
      answer.set("Access-Control-Allow-Origin", *origin)
          .set("Access-Control-Expose-Headers", exposed_headers);
    return answer;
  };
}

} // namespace kinora::http
