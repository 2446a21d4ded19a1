#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kinora {

/// A secret that signs what clients carry, cursors and tracking tokens, with the public id by which they name
/// it.
struct cursor_key {
  std::string secret;
  std::uint32_t id = 0;
};

/// Derives the id from the secret, so that every node that knows the secret names it alike. The secret is not
/// empty.
cursor_key make_cursor_key(std::string secret);

/// Signs with HMAC-SHA-256 (RFC 2104), and checks what was signed. What is signed begins with a label of its
/// kind, so that nothing passes for anything else. Any number of threads may use it.
class signing_keys {
public:
  /// The first key signs, all verify. Throws `std::invalid_argument` without a key.
  explicit signing_keys(const std::vector<cursor_key>& keys);

  /// Of the key that signs.
  std::uint32_t id() const noexcept;

  /// 32 bytes.
  std::string sign(std::string_view text) const;

  /// Whether `signature` is how a key of that id signs `text`, or its beginning: a signature may be kept
  /// short. Takes as long whatever the signature is.
  bool verify(std::uint64_t key_id, std::string_view text, std::string_view signature) const;

private:
  class signer;

  std::vector<std::shared_ptr<const signer>> signers_; ///< One for each key, in their order.
};

} // namespace kinora
