// kinora_store_writer FOLDER FIRST AT_MS: writes to the store in FOLDER from several threads until it is
// killed; what was not synced dies with it. Says on stdout, a line each, `sent NAME N` before a call and
// `done NAME N` once it has returned, with N from FIRST on, and of events "their numbers up to N". Events
// occurred at AT_MS. Ends with `failed NAME` and what is wrong when a call fails.
#include "storage/rocksdb/rocksdb_stores.hpp"
#include "tests/crash/store_content.hpp"
#include "tests/support/faulty_file_system.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace kinora;
using namespace kinora::test;

wall_time now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// Nothing of it waits in this process.
void say(const std::string& word, const std::string& name, const std::string& what) {
  const auto line = word + ' ' + name + ' ' + what + '\n';
  if (::write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
    std::_Exit(1);
}

template <class T>
void must(const std::string& name, const result<T>& x) {
  if (x)
    return;
  say("failed", name, x.error().detail);
  std::_Exit(1);
}

/// Calls `write(n)` for `first`, the next number and so on.
[[noreturn]] void repeat(const std::string& name, std::int64_t first,
                         const std::function<result<void>(std::int64_t)>& write) {
  for (auto n = first;; ++n) {
    say("sent", name, std::to_string(n));
    must(name, write(n));
    say("done", name, std::to_string(n));
  }
}

result<void> write_record(signal_store& to, std::int64_t n) {
  const auto record = record_at(n);
  return record ? to.save(second_tenant, "set", *record) : to.erase(second_tenant, "set");
}

/// Batches of new events, with some that this thread or another one has sent, perhaps just now.
[[noreturn]] void send_events(event_store& to, int thread,
                              std::array<std::atomic<std::int64_t>, event_threads>& sent, std::int64_t first,
                              std::int64_t at_ms) {
  const auto name = "events" + std::to_string(thread);
  std::minstd_rand random{static_cast<unsigned>(first + thread)};
  for (auto begin = first;;) {
    const auto end = begin + 1 + static_cast<std::int64_t>(random() % 40);
    std::vector<event_name> events;
    for (auto i = begin; i < end; ++i)
      events.push_back({thread, i});
    say("sent", name, std::to_string(end));
    sent.at(static_cast<std::size_t>(thread)) = end;
    const auto other = static_cast<std::size_t>(random() % event_threads);
    for (auto i = std::max(first, sent.at(other) - 5); i < sent.at(other); ++i)
      events.push_back({static_cast<int>(other), i});
    must(name, to.apply(std::vector{batch_of(events, at_ms)}, now()));
    say("done", name, std::to_string(end));
    begin = end;
  }
}

} // namespace

int main(int count, char** words) {
  if (count != 4) {
    std::cerr << "usage: kinora_store_writer FOLDER FIRST AT_MS\n";
    return 2;
  }
  const std::int64_t first = std::atoll(words[2]), at_ms = std::atoll(words[3]);
  rocksdb_options options;
  options.path = words[1];
  options.write_buffer_bytes = std::size_t{256} << 10;
  options.wall_clock = now;
  options.file_system = std::make_shared<faulty_file_system>(unsynced_bytes::in_memory);
  const auto opened = open_rocksdb_stores(options);
  must("open", opened);
  const auto& to = *opened;
  std::array<std::atomic<std::int64_t>, event_threads> sent{first, first, first};
  std::vector<std::thread> threads;
  auto start = [&](const std::string& name, const std::function<result<void>(std::int64_t)>& write) {
    threads.emplace_back([=] { repeat(name, first, write); });
  };
  start("flags", [&](std::int64_t n) { return to.flags->save(flags_at(n)); });
  start("rules", [&](std::int64_t n) {
    const auto note = note_at(n);
    return to.tenants->save(first_tenant, rules_at(n), &note);
  });
  start("token", [&](std::int64_t n) { return to.access->save(token_at(n)); });
  start("catalogue", [&](std::int64_t n) { return to.videos->replace(first_tenant, catalogue_at(n)); });
  start("upload", [&](std::int64_t n) { return to.videos->upsert(second_tenant, upload_at(n)); });
  start("record", [&](std::int64_t n) { return write_record(*to.signals, n); });
  for (int i = 0; i < event_threads; ++i)
    threads.emplace_back([&, i] { send_events(*to.events, i, sent, first, at_ms); });
  for (auto& x : threads)
    x.join();
}
