#define CAF_SUITE http.tls_stream
#include "tests/support/unit_test.hpp"

#include "http/tls_stream.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/tls_pair.hpp"
#include "tests/support/tls_peer.hpp"

#include <algorithm>
#include <optional>

using namespace kinora;
using namespace kinora::http;
using test::tls_peer;

namespace {

constexpr auto done = tls_peer::status::done;

struct fixture {
  test::temp_dir folder;
  tls_context context{folder / "crt", folder / "key"};
  std::optional<tls_stream> tested;
  std::optional<tls_peer> peer;
  std::string plain; ///< What the client said.
  std::string heard; ///< What it was told.

  fixture() {
    const auto pair = test::make_tls_pair();
    test::write_file(folder / "crt", pair.certificate);
    test::write_file(folder / "key", pair.key);
    context.load().value();
  }

  void connect(const test::tls_peer_options& x = {}) {
    tested.emplace(context);
    peer.emplace(x);
  }

  /// Brings the server what the client wants sent, `step` bytes at a time, and back; whether it took them.
  bool carry(std::size_t step = 1 << 20) {
    const auto bytes = peer->output();
    auto taken = true;
    for (std::size_t i = 0; i < bytes.size() && taken; i += step)
      taken = tested->take(std::string_view{bytes}.substr(i, step), plain);
    peer->take(tested->output());
    tested->drop_output(tested->output().size());
    return taken;
  }

  /// Whether both sides get through the handshake.
  bool shake(std::size_t step = 1 << 20) {
    for (int i = 0; i < 4; ++i)
      if (peer->shake(); !carry(step))
        return false;
    return peer->shake() == done && tested->is_established();
  }

  std::string hello() {
    connect();
    peer->shake();
    return peer->output();
  }

  bool takes(const std::string& bytes) {
    tested.emplace(context);
    return tested->take(bytes, plain);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(tls_stream_tests, fixture)

CAF_TEST(both versions carry text in both directions) {
  for (const auto version : {TLS1_2_VERSION, TLS1_3_VERSION})
    for (const std::size_t step : {1, 7, 1 << 20}) {
      connect({.version = version});
      CAF_REQUIRE(shake(step));
      const std::string question(100'000, 'q');
      CAF_CHECK(peer->write(question) == done);
      plain.clear();
      CAF_CHECK(carry(step));
      CAF_CHECK(plain == question);
      const std::string answer(100'000, 'a');
      CAF_CHECK(tested->seal(answer));
      CAF_CHECK(tested->output().find("aaaa") == std::string_view::npos);
      heard.clear();
      carry();
      peer->read(heard);
      CAF_CHECK(heard == answer);
    }
}

CAF_TEST(older versions are refused with an alert) {
  for (const auto version : {TLS1_VERSION, TLS1_1_VERSION}) {
    connect({.version = version});
    CAF_CHECK(!shake());
    CAF_CHECK(peer->shake() == tls_peer::status::failed);
    CAF_CHECK_EQUAL(ERR_GET_REASON(ERR_peek_last_error()), SSL_R_TLSV1_ALERT_PROTOCOL_VERSION);
  }
}

CAF_TEST(of the ciphers of TLS 1.2 only those with ephemeral keys and authentication are spoken) {
  auto speaks = [&](const char* cipher) {
    connect({.version = TLS1_2_VERSION});
    CAF_REQUIRE_EQUAL(SSL_set_cipher_list(peer->ssl(), cipher), 1);
    return shake();
  };
  CAF_CHECK(speaks("ECDHE-ECDSA-AES128-GCM-SHA256"));
  CAF_CHECK(speaks("ECDHE-ECDSA-CHACHA20-POLY1305"));
  CAF_CHECK(!speaks("ECDHE-ECDSA-AES128-SHA256"));
  CAF_CHECK(!speaks("ECDHE-ECDSA-AES256-SHA"));
  CAF_CHECK(!speaks("AES128-GCM-SHA256"));
}

CAF_TEST(of protocols http 1 is chosen and a client without it is refused) {
  auto chosen = [&](const std::string& offered) -> std::string {
    connect({.protocols = offered});
    if (!shake())
      return "refused";
    const unsigned char* name = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(peer->ssl(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  };
  CAF_CHECK_EQUAL(chosen(""), "");
  CAF_CHECK_EQUAL(chosen("\x08http/1.1"), "http/1.1");
  CAF_CHECK_EQUAL(chosen("\x02h2\x08http/1.1"), "http/1.1");
  CAF_CHECK_EQUAL(chosen("\x02h2"), "refused");
  CAF_CHECK_EQUAL(chosen("\x07http/1.\x09http/1.12"), "refused");
}

CAF_TEST(what begins with anything but a hello is refused at its first wrong byte) {
  const auto good = hello();
  CAF_REQUIRE(takes(good));
  for (const std::string bytes :
       {"G", "GET / HTTP/1.1\r\n\r\n", "\x80\x2e\x01\x03\x01", "\x15\x03\x01", "\x17\x03\x03", "\x16\x02"})
    CAF_CHECK(!takes(bytes));
  auto changed = [&](std::size_t at, char to) {
    auto out = good;
    out[at] = to;
    return out;
  };
  CAF_CHECK(!takes(changed(5, '\x02')));                                 // a ServerHello
  CAF_CHECK(!takes(changed(6, '\x01')));                                 // of 64 KB and more
  CAF_CHECK(!takes(std::string{"\x16\x03\x01\x00\x03\x01\x00\x00", 8})); // too short to say what it is
  CAF_CHECK(!takes(std::string{"\x16\x03\x01\x50\x00", 5}));             // longer than any record
  CAF_CHECK(!tested->take(good, plain));
  CAF_CHECK(tested->output().empty());
}

CAF_TEST(part of a hello is waited for and nothing is said meanwhile) {
  const auto good = hello();
  for (std::size_t size = 1; size < good.size(); ++size) {
    CAF_REQUIRE(takes(good.substr(0, size)));
    CAF_REQUIRE(tested->output().empty());
  }
  CAF_CHECK(takes(good));
  CAF_CHECK(!tested->output().empty());
  CAF_CHECK(!tested->is_established());
}

CAF_TEST(nothing is sealed before the handshake is done) {
  const auto good = hello();
  CAF_REQUIRE(takes(good));
  tested->drop_output(tested->output().size());
  CAF_CHECK(!tested->seal("HTTP/1.1 200 OK\r\n\r\n"));
  tested->end();
  CAF_CHECK(tested->output().empty());
}

CAF_TEST(a changed byte ends it with an alert and nothing of the record is believed) {
  connect();
  CAF_REQUIRE(shake());
  CAF_REQUIRE(peer->write("question") == done);
  auto bytes = peer->output();
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  CAF_CHECK(!tested->take(bytes, plain));
  CAF_CHECK(plain.empty());
  CAF_CHECK(!tested->output().empty());
  const auto alert = std::string{tested->output()};
  CAF_CHECK(!tested->seal("answer"));
  tested->end();
  CAF_CHECK_EQUAL(std::string{tested->output()}, alert);
  CAF_CHECK(!tested->take(bytes, plain));
}

CAF_TEST(each side hears when the other has ended) {
  for (const auto version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    connect({.version = version});
    CAF_REQUIRE(shake());
    peer->write("last words");
    peer->end();
    plain.clear();
    CAF_CHECK(carry());
    CAF_CHECK_EQUAL(plain, "last words");
    CAF_CHECK(tested->has_ended());
    CAF_CHECK(tested->seal("answer")); // who says no more may still listen
    tested->end();
    tested->end();
    carry();
    heard.clear();
    CAF_CHECK(peer->read(heard) == tls_peer::status::ended);
    CAF_CHECK_EQUAL(heard, "answer");
  }
}

CAF_TEST(a client may change its keys but not for ever) {
  connect({.version = TLS1_3_VERSION});
  CAF_REQUIRE(shake());
  auto change = [&] {
    SSL_key_update(peer->ssl(), SSL_KEY_UPDATE_REQUESTED);
    peer->write("x");
    const auto taken = carry();
    peer->read(heard);
    return taken;
  };
  for (int i = 0; i < 10; ++i)
    CAF_CHECK(change());
  int more = 0;
  while (more < 100 && change())
    ++more;
  CAF_CHECK_LESS(more, 10);
}

CAF_TEST(a client that wants to negotiate anew is refused) {
  connect({.version = TLS1_2_VERSION});
  CAF_REQUIRE(shake());
  SSL_renegotiate(peer->ssl());
  peer->shake();
  carry();
  CAF_CHECK(peer->shake() != done);
  CAF_CHECK_EQUAL(ERR_GET_REASON(ERR_peek_last_error()), SSL_R_NO_RENEGOTIATION);
}

CAF_TEST(who comes back is known until the certificate is loaded anew and then shakes hands anew) {
  for (const auto version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    connect({.version = version});
    CAF_REQUIRE(shake());
    tested->seal("answer");
    carry();
    peer->read(heard); // with the ticket before it
    const auto session = peer->session();
    peer->end(); // OpenSSL does not go back to a session that was cut off
    connect({.version = version, .session = session});
    CAF_REQUIRE(shake());
    CAF_CHECK(SSL_session_reused(peer->ssl()) == 1);
    CAF_REQUIRE(context.load());
    connect({.version = version, .session = session});
    CAF_REQUIRE(shake());
    CAF_CHECK(SSL_session_reused(peer->ssl()) == 0);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
