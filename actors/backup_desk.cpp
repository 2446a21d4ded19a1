#include "actors/backup_desk.hpp"

#include <exception>
#include <utility>

namespace kinora {

backup_desk::backup_desk(options x, std::shared_ptr<backup_store> store)
    : options_{std::move(x)}, store_{std::move(store)} {}

backup_desk::~backup_desk() {
  close();
  if (thread_.joinable())
    thread_.join();
}

void backup_desk::close() {
  closed_ = true;
}

std::optional<failure> backup_desk::start(std::function<void(const backup_status&)> on_end) {
  const std::lock_guard lock{mutex_};
  if (closed_)
    return failure{errc::unavailable, {}, "the server is about to end"};
  if (status_.state == backup_status::stage::running)
    return failure{errc::conflict, {}, "a backup is under way already"};
  if (thread_.joinable())
    thread_.join(); // it has said that it is done
  try {
    thread_ = std::thread{[this, on_end = std::move(on_end)] { work(on_end); }};
  } catch (const std::exception& none) {
    return failure{errc::unavailable, {}, std::string{"no thread for a backup: "} + none.what()};
  }
  status_ = {};
  status_.state = backup_status::stage::running; // its end waits for the lock
  return std::nullopt;
}

backup_status backup_desk::status() const {
  const std::lock_guard lock{mutex_};
  return status_;
}

void backup_desk::work(const std::function<void(const backup_status&)>& on_end) {
  const auto began = std::chrono::steady_clock::now();
  backup_status done;
  try {
    auto report = store_->make(
        {options_.folder, options_.kept, options_.wall_clock(), [this] { return closed_.load(); }});
    done.state = report ? backup_status::stage::succeeded : backup_status::stage::failed;
    if (report)
      done.report = *std::move(report);
    else
      done.why = report.error();
  } catch (const std::exception& bug) {
    done.state = backup_status::stage::failed;
    done.why = {errc::work_failed, {}, bug.what()};
  }
  done.took = std::chrono::floor<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
  if (options_.on_end)
    options_.on_end(done);
  {
    const std::lock_guard lock{mutex_};
    status_ = done;
  }
  on_end(done);
}

} // namespace kinora
