#include "tests/blackbox/support/chaos.hpp"

#include <boost/json/array.hpp>

#include <stdexcept>

namespace kinora::blackbox {

namespace {

reply expect(int status, reply answer, const std::string& what) {
  if (answer.status != status)
    throw std::runtime_error{what + ": status " + std::to_string(answer.status) + ", not " +
                             std::to_string(status) + "; " + answer.error + answer.body};
  return answer;
}

std::string actor_route(const std::string& path, const std::string& action) {
  return "/admin/v1/actors/" + path + '/' + action;
}

std::string text_of(const boost::json::value& x) {
  return x.is_string() ? std::string{x.as_string()} : std::string{};
}

} // namespace

std::vector<std::string> chaos_args(const std::vector<std::string>& more) {
  std::vector<std::string> out{"--demo", "--chaos", "--circuit-breaker-recovery-timeout-sec", "1"};
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

std::vector<actor_status> actors_of(const server& of) {
  std::vector<actor_status> out;
  const auto body = expect(200, of.admin().get("/admin/v1/actors"), "actors").json();
  for (auto& x : body.at("actors").as_array())
    out.push_back({text_of(x.at("path")), text_of(x.at("state")), x.at("restarts").to_number<std::int64_t>(),
                   text_of(x.at("last_reason"))});
  return out;
}

actor_status actor_of(const server& of, const std::string& path) {
  for (auto& x : actors_of(of))
    if (x.path == path)
      return x;
  throw std::runtime_error{"there is no actor " + path};
}

void kill_actor(const server& of, const std::string& path) {
  expect(202, of.admin().post(actor_route(path, "kill")), "kill " + path);
}

void hurt_actor(const server& of, const std::string& path, const std::string& faults) {
  expect(200, of.admin().put(actor_route(path, "faults"), faults), "faults of " + path);
}

void heal_actor(const server& of, const std::string& path) {
  expect(204, of.admin().del(actor_route(path, "faults")), "no faults of " + path);
}

void hurt_dependency(const server& of, const std::string& name, const std::string& fault) {
  expect(200, of.admin().put("/admin/v1/faults/" + name, fault), "fault of " + name);
}

void heal_dependency(const server& of, const std::string& name) {
  expect(204, of.admin().del("/admin/v1/faults/" + name), "no fault of " + name);
}

std::string breaker_of(const server& of, const std::string& name) {
  const auto body = expect(200, of.api().get("/health/ready"), "ready").json();
  for (auto& x : body.at("circuit_breakers").as_array())
    if (text_of(x.at("name")) == name)
      return text_of(x.at("state"));
  throw std::runtime_error{"there is no breaker " + name};
}

void reset_breaker(const server& of, const std::string& name) {
  expect(200, of.admin().post("/admin/v1/breakers/" + name + "/reset"), "reset of " + name);
}

bool is_personalized(const server& of, const std::string& tenant, int requests) {
  for (int i = 0; i < requests; ++i)
    if (!feed(of.api(), tenant, "user_hash=user_sporty").at("is_personalized").as_bool())
      return false;
  return true;
}

std::chrono::milliseconds time_until(const std::function<bool()>& predicate,
                                     std::chrono::milliseconds limit) {
  const auto begin = std::chrono::steady_clock::now();
  const auto holds = eventually(limit, predicate);
  const auto took = std::chrono::steady_clock::now() - begin;
  return holds ? std::chrono::floor<std::chrono::milliseconds>(took) : limit;
}

} // namespace kinora::blackbox
