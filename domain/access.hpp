// Who calls the admin API, and what they may do.
#pragma once

#include "domain/audit.hpp"
#include "domain/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace kinora {

/// What an admin token is for, each more than the one before.
enum class role : std::uint8_t {
  viewer, ///< Looks, and changes nothing.
  editor, ///< Changes the rules and videos of the tenants it names, and looks at them.
  admin,  ///< Everything.
};

/// Their names in requests and answers, in the order of the values.
inline constexpr std::array<std::string_view, 3> role_names{"viewer", "editor", "admin"};

constexpr std::string_view to_string_view(role x) noexcept {
  return role_names[static_cast<std::size_t>(x)];
}

/// The role of that name; nullopt when there is none.
constexpr std::optional<role> role_of(std::string_view name) noexcept {
  for (std::size_t i = 0; i < role_names.size(); ++i)
    if (role_names[i] == name)
      return static_cast<role>(i);
  return std::nullopt;
}

/// What a request needs: the least role that may make it.
enum class permission : std::uint8_t { view, edit, administer };

/// Whoever a token stands for.
struct principal {
  std::string id;   ///< Of the token; public.
  std::string name; ///< As an admin called it.
  role as = role::viewer;
  std::vector<std::string> tenants; ///< In order; empty: all of them.

  bool is_limited() const noexcept { return !tenants.empty(); }
  bool covers(std::string_view tenant) const;
};

/// Whether `who` may do to a tenant what needs `wanted`.
bool may(const principal& who, permission wanted, std::string_view tenant);

/// The same for what concerns no single tenant: nobody may who is limited to some.
bool may(const principal& who, permission wanted);

/// SHA-256 of a secret: all that is kept of it. Secrets are random and long, so no salt and no stretching.
using secret_digest = std::array<unsigned char, 32>;

secret_digest digest_of(std::string_view secret);

/// The public name of a secret: the first 16 hexadecimal digits of its digest.
std::string id_of(const secret_digest& x);

inline constexpr std::string_view admin_token_prefix =
    "kat_";                                               ///< So that scanners of leaked secrets know it.
inline constexpr std::size_t access_name_bytes_max = 100; ///< Of a token or key.
inline constexpr std::size_t access_tokens_max = 1'000;
inline constexpr std::size_t token_tenants_max = 100; ///< That one token is limited to.

/// One admin token, as it is kept.
struct access_token {
  principal who;
  wall_time created_at;
  std::string created_by; ///< Name of the token that made it.
  secret_digest digest{};
};

/// Every admin token but the one of the start.
class access_tokens {
public:
  access_tokens() = default;
  explicit access_tokens(std::vector<access_token> all);

  const std::vector<access_token>& all() const noexcept { return all_; }

  /// Whom the secret with this digest stands for; nullptr: nobody.
  std::shared_ptr<const principal> find(const secret_digest& x) const;

private:
  /// Digests are spread evenly as they are.
  struct digest_hash {
    std::size_t operator()(const secret_digest& x) const noexcept;
  };

  std::vector<access_token> all_; ///< In order of creation, then id.
  std::unordered_map<secret_digest, std::shared_ptr<const principal>, digest_hash> by_digest_;
};

} // namespace kinora
