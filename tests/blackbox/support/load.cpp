#include "tests/blackbox/support/load.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <stdexcept>

namespace kinora::blackbox {

namespace {

/// Reads what a test wants to know; a body that is no feed leaves `reason` as the complaint.
void read_feed(const reply& answer, sample& out) {
  try {
    const auto body = answer.json();
    out.items = body.at("items").as_array().size();
    out.degraded = body.at("degraded").as_bool();
    if (auto* reason = body.at("degraded_reason").if_string())
      out.reason.assign(reason->begin(), reason->end());
  } catch (const std::exception& bad) {
    out.reason = bad.what();
  }
}

} // namespace

load::load(std::uint16_t port, load_options options) : port_{port}, options_{std::move(options)} {
  samples_.resize(options_.threads);
}

load::~load() {
  stop();
}

void load::start() {
  stopping_ = false;
  for (std::size_t i = 0; i < options_.threads; ++i)
    threads_.emplace_back([this, i] { run(i); });
}

std::vector<sample> load::stop() {
  stopping_ = true;
  for (auto& thread : threads_)
    thread.join();
  threads_.clear();
  std::vector<sample> out;
  for (auto& list : samples_) {
    std::move(list.begin(), list.end(), std::back_inserter(out));
    list.clear();
  }
  std::sort(out.begin(), out.end(), [](auto& a, auto& b) { return a.started < b.started; });
  return out;
}

void load::run(std::size_t thread) {
  keep_alive_client client{port_, options_.fields};
  for (auto turn = thread; !stopping_; ++turn) {
    sample one;
    one.target = turn % options_.targets.size();
    one.started = std::chrono::steady_clock::now();
    const auto answer = client.send("GET", options_.targets[one.target]);
    one.ended = std::chrono::steady_clock::now();
    one.status = answer.status;
    one.personalized = answer.header("X-Personalized") == "true";
    one.timing = answer.header("Server-Timing");
    if (answer.status == 0)
      one.reason = answer.error;
    else
      read_feed(answer, one);
    samples_[thread].push_back(std::move(one));
    ++answered_;
    if (options_.pause.count() > 0)
      std::this_thread::sleep_for(options_.pause);
  }
}

} // namespace kinora::blackbox
