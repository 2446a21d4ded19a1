#define CAF_SUITE blackbox.drain
#include "tests/support/unit_test.hpp"

#include "tests/blackbox/support/server.hpp"

#include <csignal>
#include <mutex>
#include <thread>

using namespace kinora::blackbox;
using namespace std::chrono_literals;

namespace {

/// Clients that go on over the connection they have until they are told that it closes.
class faithful_clients {
public:
  faithful_clients(std::uint16_t port, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      threads_.emplace_back([this, port, i] { run(port, std::chrono::milliseconds{i}); });
  }

  ~faithful_clients() { join(); }
  faithful_clients(const faithful_clients&) = delete;
  faithful_clients& operator=(const faithful_clients&) = delete;

  /// Waits for the last one; what went wrong, and empty when nothing did.
  std::string join() {
    for (auto& x : threads_)
      x.join();
    threads_.clear();
    return complaints_;
  }

private:
  void run(std::uint16_t port, std::chrono::milliseconds pause) {
    keep_alive_client client{port, {{"X-Tenant-ID", "tenant_sports"}}};
    for (int sent = 1;; ++sent) {
      const auto answer = client.send("GET", "/v1/feed?user_hash=user_sporty");
      if (answer.status != 200) {
        const std::lock_guard lock{mutex_};
        complaints_ += "request " + std::to_string(sent) + ": " + std::to_string(answer.status) + ' ' +
                       answer.error + "; ";
        return;
      }
      if (answer.header("Connection") == "close")
        return;
      std::this_thread::sleep_for(pause);
    }
  }

  std::mutex mutex_;
  std::string complaints_;
  std::vector<std::thread> threads_;
};

} // namespace

CAF_TEST(twenty stops under load fail no request of who opens no new connection) {
  for (int i = 0; i < 20; ++i) {
    server stopped{patiently({"--demo", "--drain-delay-ms", i % 2 == 0 ? "30" : "0"})};
    faithful_clients clients{stopped.api().port(), 8};
    std::this_thread::sleep_for(30ms + i * 3ms);
    const auto end = stopped.stop(SIGTERM);
    CAF_CHECK_EQUAL(clients.join(), "");
    CAF_REQUIRE(end.has_value());
    CAF_CHECK_EQUAL(end->exit_code, 0);
    CAF_CHECK(end->took < 2s);
  }
}
