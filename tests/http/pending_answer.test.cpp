#define CAF_SUITE http.pending_answer
#include "tests/support/unit_test.hpp"

#include "http/pending_answer.hpp"

#include <chrono>

using namespace kinora;
using namespace kinora::http;

namespace {

const auto long_ago = steady_time{};
const auto never = steady_time::max();

response answer_of(int status) {
  response out;
  out.status = status;
  return out;
}

struct fixture {
  std::shared_ptr<pending_answer> pending = std::make_shared<pending_answer>();
  exchange_ptr out = pending->make_exchange();

  int status_after(steady_time cap) { return pending->wait(cap).value().status; }

  errc error_after(steady_time cap) { return pending->wait(cap).error().code; }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(pending_answer_tests, fixture)

CAF_TEST(the first answer counts and later ones are dropped) {
  CAF_CHECK(out->complete(answer_of(200)));
  CAF_CHECK(!out->complete(answer_of(500)));
  CAF_CHECK_EQUAL(status_after(never), 200);
}

CAF_TEST(an answer counts even when the deadline has passed meanwhile) {
  out->expire_at(long_ago, [] { return answer_of(203); });
  out->complete(answer_of(200));
  CAF_CHECK_EQUAL(status_after(never), 200);
}

CAF_TEST(the fallback is composed when the deadline has passed) {
  out->expire_at(long_ago, [] { return answer_of(203); });
  CAF_CHECK_EQUAL(status_after(never), 203);
  CAF_CHECK(!out->complete(answer_of(200)));
}

CAF_TEST(the cap ends a wait whose deadline is later) {
  out->expire_at(never, [] { return answer_of(203); });
  CAF_CHECK_EQUAL(status_after(long_ago), 203);
}

CAF_TEST(the cap without a fallback is a timeout) {
  CAF_CHECK_EQUAL(error_after(long_ago), errc::timeout);
  CAF_CHECK(!out->complete(answer_of(200)));
}

CAF_TEST(when the last copy goes unanswered the wait ends at once) {
  auto copy = out;
  out.reset();
  copy.reset();
  CAF_CHECK_EQUAL(error_after(never), errc::unavailable);
}

CAF_TEST(when the last copy goes unanswered the fallback is composed at once) {
  out->expire_at(never, [] { return answer_of(203); });
  out.reset();
  CAF_CHECK_EQUAL(status_after(never), 203);
}

CAF_TEST(an answer outlives the exchange) {
  out->complete(answer_of(200));
  out.reset();
  pending->cancel();
  CAF_CHECK_EQUAL(status_after(never), 200);
}

CAF_TEST_FIXTURE_SCOPE_END()
