// What tests do to a server that was started with --chaos, and what it says of its parts.
#pragma once

#include "tests/blackbox/support/server.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace kinora::blackbox {

/// The demo data under --chaos, with a short recovery time of the breakers, and `more` on top.
std::vector<std::string> chaos_args(const std::vector<std::string>& more = {});

// -- actors: paths as in GET /admin/v1/actors; an answer other than the expected one throws
// ------------------

struct actor_status {
  std::string path;
  std::string state;
  std::int64_t restarts = 0;
  std::string last_reason;
};

std::vector<actor_status> actors_of(const server& of);
actor_status actor_of(const server& of, const std::string& path);

void kill_actor(const server& of, const std::string& path);
/// Faults as JSON, e.g. `{"hang": true}`.
void hurt_actor(const server& of, const std::string& path, const std::string& faults);
void heal_actor(const server& of, const std::string& path);

// -- dependencies: "signals" and "ranking"
// -------------------------------------------------------------------

void hurt_dependency(const server& of, const std::string& name, const std::string& fault);
void heal_dependency(const server& of, const std::string& name);

/// State of a breaker as /health/ready shows it.
std::string breaker_of(const server& of, const std::string& name);
void reset_breaker(const server& of, const std::string& name);

// -- feeds
// ---------------------------------------------------------------------------------------------------

/// Whether so many requests for a user of the tenant, one after the other, are all answered personalized.
/// More than there are workers of a kind, so that each of these has had its turn.
bool is_personalized(const server& of, const std::string& tenant, int requests = 8);

/// How long it takes until `predicate` holds; `limit` when it does not by then.
std::chrono::milliseconds time_until(const std::function<bool()>& predicate,
                                     std::chrono::milliseconds limit = std::chrono::seconds{5});

} // namespace kinora::blackbox
