#include "actors/signal_cache.hpp"

#include <functional>

namespace kinora {

namespace {

/// Tenant ids hold no NUL, so the two parts never run into each other.
std::string make_key(std::string_view tenant, std::string_view user) {
  std::string out;
  out.reserve(tenant.size() + 1 + user.size());
  out += tenant;
  out += '\0';
  out += user;
  return out;
}

/// Bytes of the heap, roughly: what allocators and containers add is estimated.
std::size_t bytes_of(const std::string& x) {
  return sizeof x + (x.size() > 15 ? x.capacity() + 17 : 0);
}

std::size_t bytes_of(const ranking_signals& x) {
  constexpr std::size_t blocks_bytes = 4 * 16; // three vectors, and the object with its counters
  return sizeof x + blocks_bytes + x.hidden.capacity() * sizeof x.hidden[0] +
         (x.tags.capacity() + x.creators.capacity()) * sizeof x.tags[0];
}

} // namespace

signal_cache::signal_cache(std::size_t bytes_max) : shard_bytes_max_{bytes_max / shard_count} {}

signal_cache::shard& signal_cache::shard_of(std::string_view key) {
  return shards_[std::hash<std::string_view>{}(key) % shard_count];
}

std::optional<payload<ranking_signals>> signal_cache::find(std::string_view tenant, std::string_view user,
                                                           wall_time now) {
  auto key = make_key(tenant, user);
  auto& in = shard_of(key);
  std::lock_guard lock{in.mutex};
  auto i = in.by_key.find(key);
  if (i == in.by_key.end())
    return std::nullopt;
  auto found = i->second;
  if (now - found->made_at > ttl) {
    remove(in, found);
    return std::nullopt;
  }
  in.entries.splice(in.entries.begin(), in.entries, found);
  ++hits_;
  return found->signals;
}

signal_cache::loading signal_cache::begin(std::string_view tenant, std::string_view user) {
  auto key = make_key(tenant, user);
  auto token = ++tokens_;
  ++misses_;
  auto& in = shard_of(key);
  {
    std::lock_guard lock{in.mutex};
    in.loads.insert_or_assign(key, token);
  }
  return {*this, std::move(key), token};
}

void signal_cache::keep(const std::string& key, std::uint64_t token, payload<ranking_signals> found,
                        wall_time now) {
  auto bytes = sizeof(entry) + 96 + 2 * bytes_of(key) + (found ? bytes_of(*found) : 0);
  auto& in = shard_of(key);
  std::lock_guard lock{in.mutex};
  auto load = in.loads.find(key);
  if (load == in.loads.end() || load->second != token || bytes > shard_bytes_max_)
    return;
  if (auto i = in.by_key.find(key); i != in.by_key.end())
    remove(in, i->second);
  in.entries.push_front({key, std::move(found), now, bytes});
  in.by_key.emplace(in.entries.front().key, in.entries.begin());
  in.bytes += bytes;
  while (in.bytes > shard_bytes_max_)
    remove(in, std::prev(in.entries.end()));
}

void signal_cache::end(const std::string& key, std::uint64_t token) {
  auto& in = shard_of(key);
  std::lock_guard lock{in.mutex};
  if (auto i = in.loads.find(key); i != in.loads.end() && i->second == token)
    in.loads.erase(i);
}

void signal_cache::forget(std::string_view tenant, std::string_view user) {
  auto key = make_key(tenant, user);
  auto& in = shard_of(key);
  std::lock_guard lock{in.mutex};
  in.loads.erase(key);
  if (auto i = in.by_key.find(key); i != in.by_key.end())
    remove(in, i->second);
}

void signal_cache::forget_tenant(std::string_view tenant) {
  auto prefix = make_key(tenant, {});
  for (auto& in : shards_) {
    std::lock_guard lock{in.mutex};
    std::erase_if(in.loads, [&](auto& x) { return x.first.starts_with(prefix); });
    for (auto i = in.entries.begin(); i != in.entries.end();)
      if (auto next = std::next(i); i->key.starts_with(prefix)) {
        remove(in, i);
        i = next;
      } else {
        i = next;
      }
  }
}

void signal_cache::remove(shard& x, std::list<entry>::iterator which) {
  x.bytes -= which->bytes;
  x.by_key.erase(which->key);
  x.entries.erase(which);
}

signal_cache::stats signal_cache::look() const {
  stats out{hits_.load(), misses_.load(), 0, 0};
  for (auto& x : shards_) {
    std::lock_guard lock{x.mutex};
    out.bytes += x.bytes;
    out.users += x.entries.size();
  }
  return out;
}

} // namespace kinora
