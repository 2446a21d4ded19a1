#include "http/openapi.hpp"

#include "http/inputs.hpp"
#include "http/json_text.hpp"

#include <xxhash.h>

#include <array>
#include <charconv>

namespace kinora::http {

namespace {

std::string hash_etag(std::string_view text) {
  std::array<char, 16> digits{};
  auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), XXH3_64bits(text.data(), text.size()), 16)
          .ptr;
  return '"' + std::string{digits.data(), end} + '"';
}

} // namespace

void add_openapi_route(router& routes, api& x) {
  route_options always;
  always.always = true;
  auto document = json_response(200, to_text(make_openapi(x.options)));
  document.set("ETag", hash_etag(document.body)).set("Cache-Control", "public, max-age=300");
  routes.add("GET", "/openapi.json", always,
             [document](const request& req, const route_params&, exchange_ptr out) {
               auto answer = document;
               if (names_etag(req.header("If-None-Match").value_or(""), *document.header("ETag"))) {
                 answer = {304, {}, {}};
                 answer.set("ETag", std::string{*document.header("ETag")})
                     .set("Cache-Control", std::string{*document.header("Cache-Control")});
               }
               out->complete(std::move(answer));
             });
}

} // namespace kinora::http
