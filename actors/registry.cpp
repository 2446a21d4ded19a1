#include "actors/registry.hpp"

#include <stdexcept>

namespace kinora {

child_info child_record::info() const {
  std::lock_guard lock{mutex_};
  return info_;
}

caf::actor child_record::handle() const {
  std::lock_guard lock{mutex_};
  return running_ ? instance_ : caf::actor{};
}

port::gate_ptr child_record::open_instance(std::uint64_t epoch) {
  auto door = std::make_shared<port::gate>();
  std::lock_guard lock{mutex_};
  if (epoch < epoch_)
    throw std::runtime_error{"a newer supervisor has taken over"};
  epoch_ = epoch;
  if (std::exchange(started_before_, true))
    ++info_.restarts;
  door_ = door;
  instance_ = nullptr;
  running_ = false;
  return door;
}

void child_record::attach(const port::gate_ptr& door, const caf::actor& instance) {
  std::lock_guard lock{mutex_};
  if (door_ == door)
    instance_ = instance;
}

void child_record::mark_running(const port::gate_ptr& door, wall_time now) {
  std::lock_guard lock{mutex_};
  if (door_ != door)
    return;
  running_ = true;
  info_.state = child_state::running;
  info_.since = now;
  suspected_at_.store(0);
}

void child_record::mark_down(const port::gate_ptr& door, child_state next, std::string reason,
                             wall_time now) {
  if (std::unique_lock lock{mutex_}; door_ == door)
    end_instance(next, std::move(reason), now, std::move(lock));
}

void child_record::mark_orphaned(wall_time now) {
  if (std::unique_lock lock{mutex_}; door_)
    end_instance(child_state::restarting, "its supervisor ended", now, std::move(lock));
}

void child_record::end_instance(child_state next, std::string reason, wall_time now,
                                std::unique_lock<std::mutex> lock) {
  auto gone = std::exchange(instance_, nullptr);
  auto door = std::exchange(door_, nullptr);
  running_ = false;
  if (info_.state != next)
    info_.since = now;
  info_.state = next;
  info_.last_reason = std::move(reason);
  lock.unlock();
  port::send_exit(gone, caf::exit_reason::kill);
  if (gone && door)
    door->open(gone);
}

steady_time child_record::last_beat() const {
  std::lock_guard lock{mutex_};
  return door_ ? door_->last_beat() : steady_time{};
}

void child_record::suspect(steady_time now) {
  suspected_at_.store(now.time_since_epoch().count());
}

bool child_record::suspected() const {
  auto at = suspected_at_.load();
  return at != 0 && last_beat() <= steady_time{steady_time::duration{at}};
}

void child_record::set_hang(bool on) {
  std::lock_guard lock{mutex_};
  if (!door_ || !instance_)
    return;
  if (on)
    door_->hold();
  else
    door_->open(instance_);
}

bool child_record::hangs() const {
  std::lock_guard lock{mutex_};
  return door_ && door_->held();
}

record_ptr registry::open(const std::string& path) {
  std::lock_guard lock{mutex_};
  auto& out = records_[path];
  if (!out)
    out = std::make_shared<child_record>(path);
  return out;
}

record_ptr registry::find(std::string_view path) const {
  std::lock_guard lock{mutex_};
  auto i = records_.find(path);
  return i == records_.end() ? nullptr : i->second;
}

void registry::close(std::string_view path) {
  std::lock_guard lock{mutex_};
  if (auto i = records_.find(path); i != records_.end())
    records_.erase(i);
}

std::vector<record_ptr> registry::list() const {
  std::lock_guard lock{mutex_};
  std::vector<record_ptr> out;
  for (auto& [path, record] : records_)
    out.push_back(record);
  return out;
}

void registry::orphan_below(const std::string& path, wall_time now) {
  auto prefix = path + "/";
  for (auto& record : list())
    if (record->path().starts_with(prefix))
      record->mark_orphaned(now);
}

} // namespace kinora
