#define CAF_SUITE http.request_id
#include "tests/support/unit_test.hpp"

#include "http/request_id.hpp"

#include <set>

using namespace kinora::http;

CAF_TEST(new ids are well - formed and differ) {
  std::set<std::string> ids;
  for (int i = 0; i < 10'000; ++i) {
    const auto id = new_request_id();
    if (!is_request_id(id) || id.size() != 32)
      CAF_FAIL("malformed: " << id);
    ids.insert(id);
  }
  CAF_CHECK_EQUAL(ids.size(), 10'000u);
}

CAF_TEST(inbound ids of plain characters are kept) {
  CAF_CHECK(is_request_id("a"));
  CAF_CHECK(is_request_id("Az-09._"));
  CAF_CHECK(is_request_id(std::string(128, 'x')));
  CAF_CHECK(!is_request_id(std::string(129, 'x')));
  for (const auto* text : {"", " ", "a b", "a\r\nb", "a:b", "\xc3\xa9", "a/b", "\"a\""})
    CAF_CHECK(!is_request_id(text));
}

CAF_TEST(a traceparent is passed on only when it is well - formed) {
  const std::string good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  CAF_CHECK(is_traceparent(good));
  CAF_CHECK(is_traceparent("cc" + good.substr(2) + "-more"));
  CAF_CHECK(!is_traceparent(good + "-more"));
  CAF_CHECK(!is_traceparent("cc" + good.substr(2) + "more"));
  CAF_CHECK(!is_traceparent("ff" + good.substr(2)));
  CAF_CHECK(!is_traceparent(""));
  CAF_CHECK(!is_traceparent(good.substr(1)));
  CAF_CHECK(!is_traceparent("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"));
  CAF_CHECK(!is_traceparent("00-00000000000000000000000000000000-00f067aa0ba902b7-01"));
  CAF_CHECK(!is_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"));
  CAF_CHECK(!is_traceparent("00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
}
