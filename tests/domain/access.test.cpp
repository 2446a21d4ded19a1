#define CAF_SUITE domain.access
#include "tests/support/unit_test.hpp"

#include "domain/access.hpp"
#include "domain/sdk_key.hpp"

using namespace kinora;

namespace {

principal who(role as, std::vector<std::string> tenants = {}) {
  return {"id", "name", as, std::move(tenants)};
}

access_token token_of(const std::string& secret, std::string name) {
  access_token out;
  out.digest = digest_of(secret);
  out.who = {id_of(out.digest), std::move(name), role::viewer, {}};
  return out;
}

} // namespace

CAF_TEST(a role may do what the roles below it may) {
  const std::vector roles{role::viewer, role::editor, role::admin};
  const std::vector permissions{permission::view, permission::edit, permission::administer};
  for (std::size_t has = 0; has < roles.size(); ++has)
    for (std::size_t wanted = 0; wanted < permissions.size(); ++wanted) {
      CAF_CHECK_EQUAL(may(who(roles[has]), permissions[wanted], "a"), has >= wanted);
      CAF_CHECK_EQUAL(may(who(roles[has]), permissions[wanted]), has >= wanted);
    }
}

CAF_TEST(a token reaches the tenants it names and nothing that concerns all) {
  const auto limited = who(role::editor, {"a", "ab"});
  for (const auto* tenant : {"a", "ab"})
    CAF_CHECK(may(limited, permission::edit, tenant));
  for (const auto& tenant :
       {std::string{}, std::string{"A"}, std::string{"abc"}, std::string{"b"}, std::string{"a\0b", 3}})
    CAF_CHECK(!may(limited, permission::view, tenant));
  CAF_CHECK(!may(limited, permission::view));
}

CAF_TEST(names of roles lead to roles and back) {
  for (auto name : role_names)
    CAF_CHECK_EQUAL(to_string_view(*role_of(name)), name);
  CAF_CHECK(!role_of("Admin"));
  CAF_CHECK(!role_of(""));
}

CAF_TEST(a secret is known by its digest alone) {
  const access_tokens all{{token_of("one", "first"), token_of("two", "second")}};
  CAF_CHECK_EQUAL(all.find(digest_of("one"))->name, "first");
  CAF_CHECK_EQUAL(all.find(digest_of("two"))->name, "second");
  CAF_CHECK(!all.find(digest_of("tw")));
  CAF_CHECK(!access_tokens{}.find(digest_of("")));
  // SHA-256 of "abc" (FIPS 180-2, appendix B.1).
  CAF_CHECK_EQUAL(id_of(digest_of("abc")), "ba7816bf8f01cfea");
}

CAF_TEST(an SDK key names its tenant whatever that is called) {
  const std::string secret(secret_digits, 'f');
  for (const std::string tenant : {"a", "tenant_sports", "_", "a_b_", "ksk_"}) {
    const auto key = make_sdk_key(tenant, secret);
    CAF_CHECK_EQUAL(tenant_of_sdk_key(key).value_or("none"), tenant);
  }
  for (const std::string& none : {std::string{}, std::string{"ksk_"}, make_sdk_key("", secret),
                                  "ksk_" + secret.substr(1) + "_a", "kat_" + secret + "_a", secret})
    CAF_CHECK(!tenant_of_sdk_key(none));
}

CAF_TEST(several keys are good at once and each alone) {
  const auto first = make_sdk_key("a", std::string(secret_digits, '1'));
  const auto second = make_sdk_key("a", std::string(secret_digits, '2'));
  sdk_keys keys;
  CAF_CHECK(!keys.verify(first));
  for (const auto& key : {first, second})
    keys.all.push_back({id_of(digest_of(key)), "", {}, "", digest_of(key)});
  CAF_CHECK(keys.verify(first));
  CAF_CHECK(keys.verify(second));
  CAF_CHECK(!keys.verify(first + "x"));
  CAF_CHECK(!keys.verify(make_sdk_key("b", std::string(secret_digits, '1'))));
  keys.all.erase(keys.all.begin());
  CAF_CHECK(!keys.verify(first));
}

CAF_TEST(an entry of the audit log is bounded and names no user) {
  const std::string long_text = "{\"a\":\"" + std::string(audit_text_bytes_max, 'x') + "\"}";
  const auto entry = make_audit_entry({}, {}, "rules.put", "t", "x", {"{}", long_text});
  CAF_CHECK_EQUAL(entry.change.before, "{}");
  CAF_CHECK_EQUAL(entry.change.after, "{\"left_out\":\"" + std::to_string(long_text.size()) + " bytes\"}");
  CAF_CHECK_EQUAL(audit_name_of_user("abc"), "sha256:ba7816bf8f01cfea");
}
