#define CAF_SUITE http.tls_context
#include "tests/support/unit_test.hpp"

#include "http/tls_context.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/tls_pair.hpp"

#include <sys/stat.h>

using namespace kinora;
using namespace kinora::http;
using kinora::test::make_tls_pair;
using kinora::test::write_file;

namespace {

struct fixture {
  test::temp_dir folder;
  const std::string certificate_file = folder / "server.crt";
  const std::string key_file = folder / "server.key";
  tls_context tested{certificate_file, key_file};

  void write(const test::tls_pair& x) {
    write_file(certificate_file, x.certificate);
    write_file(key_file, x.key);
  }

  /// Loads, and checks that it fails, blames `setting` and says `what`, and that nothing has changed.
  void check_refused(const std::string& setting, const std::string& what) {
    const auto before = tested.current();
    const auto loaded = tested.load();
    CAF_REQUIRE(!loaded);
    CAF_MESSAGE(loaded.error().field << ": " << loaded.error().detail);
    CAF_CHECK_EQUAL(loaded.error().field, setting);
    CAF_CHECK(loaded.error().detail.find(what) != std::string::npos);
    CAF_CHECK(loaded.error().detail.find('\n') == std::string::npos);
    CAF_CHECK(tested.current() == before);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(tls_context_tests, fixture)

CAF_TEST(a pair is loaded and described) {
  write(make_tls_pair({.name = "feeds.example"}));
  CAF_CHECK(tested.current() == nullptr);
  const auto loaded = tested.load();
  CAF_REQUIRE(loaded);
  CAF_CHECK_EQUAL(loaded->subject, "CN=feeds.example");
  CAF_CHECK(loaded->expires.ends_with(" GMT"));
  CAF_CHECK(loaded->is_valid_now);
  CAF_CHECK(tested.current() != nullptr);
}

CAF_TEST(each load makes a context of its own and leaves those that are in use) {
  write(make_tls_pair());
  CAF_REQUIRE(tested.load());
  const auto before = tested.current();
  CAF_REQUIRE(tested.load());
  CAF_CHECK(tested.current() != before);
  CAF_CHECK_EQUAL(before.use_count(), 1);
}

CAF_TEST(a certificate out of date is loaded and told) {
  write(make_tls_pair({.from_sec = -7200, .until_sec = -3600}));
  auto loaded = tested.load();
  CAF_REQUIRE(loaded);
  CAF_CHECK(!loaded->is_valid_now);
  write(make_tls_pair({.from_sec = 3600, .until_sec = 7200}));
  loaded = tested.load();
  CAF_REQUIRE(loaded);
  CAF_CHECK(!loaded->is_valid_now);
}

CAF_TEST(a file with a chain is loaded whole and a cut off one is refused) {
  const auto own = make_tls_pair({.name = "own"});
  const auto issuer = make_tls_pair({.name = "issuer"});
  write({own.certificate + issuer.certificate, own.key});
  CAF_CHECK(tested.load());
  write({own.certificate + issuer.certificate.substr(0, issuer.certificate.size() / 2), own.key});
  check_refused("TLS_CERT_FILE", "chain");
}

CAF_TEST(files that cannot be read are refused by name) {
  check_refused("TLS_CERT_FILE", certificate_file + ": No such file");
  const auto pair = make_tls_pair();
  write(pair);
  CAF_REQUIRE(tested.load());
  CAF_REQUIRE_EQUAL(::unlink(key_file.c_str()), 0);
  check_refused("TLS_KEY_FILE", key_file + ": No such file");
  CAF_REQUIRE_EQUAL(::mkfifo(key_file.c_str(), 0600), 0); // would be waited for
  check_refused("TLS_KEY_FILE", "is not a file");
  CAF_REQUIRE_EQUAL(::unlink(key_file.c_str()), 0);
  CAF_REQUIRE_EQUAL(::mkdir(key_file.c_str(), 0700), 0);
  check_refused("TLS_KEY_FILE", "is not a file");
  write_file(certificate_file, std::string(2'000'000, '\n'));
  check_refused("TLS_CERT_FILE", "is larger than");
}

CAF_TEST(files that hold something else are refused) {
  const auto pair = make_tls_pair();
  for (const auto& text :
       {std::string{}, std::string{"nonsense"}, pair.key, pair.certificate.substr(0, 100)}) {
    write({text, pair.key});
    check_refused("TLS_CERT_FILE", "certificate in PEM");
  }
  for (const auto& text :
       {std::string{}, std::string{"nonsense"}, pair.certificate, pair.key.substr(0, 100)}) {
    write({pair.certificate, text});
    check_refused("TLS_KEY_FILE", "no private key in PEM");
  }
}

CAF_TEST(a key of another certificate is refused) {
  write({make_tls_pair().certificate, make_tls_pair().key});
  check_refused("TLS_KEY_FILE", "does not belong");
}

CAF_TEST(an encrypted key is refused without asking for its passphrase) {
  write(make_tls_pair({.passphrase = "secret"}));
  check_refused("TLS_KEY_FILE", "encrypted");
}

CAF_TEST(both may stand in one file) {
  const auto pair = make_tls_pair();
  write({pair.certificate + pair.key, pair.certificate + pair.key});
  CAF_CHECK(tested.load());
}

CAF_TEST_FIXTURE_SCOPE_END()
