#define CAF_SUITE http.httplib_listener
#include "tests/support/unit_test.hpp"

#include "http/httplib_listener.hpp"
#include "tests/http/plain_channel.hpp"

using tested_listener = kinora::http::httplib_listener;

#include "tests/http/listener_suite.hpp"
