// A certificate and its key, made for a test.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace kinora::test {

/// Both in PEM.
struct tls_pair {
  std::string certificate;
  std::string key;
};

struct tls_pair_options {
  std::string name = "kinora.test";
  long from_sec = -3600; ///< Counted from now.
  long until_sec = 3600;
  unsigned int rsa_bits = 0;   ///< 0: a key of P-256 instead.
  std::string passphrase = {}; ///< Empty: the key is not encrypted.
};

inline std::string text_in(BIO* bio) {
  const char* text = nullptr;
  const auto size = BIO_get_mem_data(bio, &text);
  return {text, static_cast<std::size_t>(size)};
}

/// Self-signed.
inline tls_pair make_tls_pair(const tls_pair_options& x = {}) {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key{
      x.rsa_bits != 0 ? EVP_RSA_gen(x.rsa_bits) : EVP_EC_gen("P-256"), EVP_PKEY_free};
  const std::unique_ptr<X509, void (*)(X509*)> made{X509_new(), X509_free};
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), x.from_sec);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), x.until_sec);
  auto* subject = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(x.name.c_str()), -1, -1, 0);
  X509_set_issuer_name(made.get(), subject);
  X509_set_pubkey(made.get(), key.get());
  if (X509_sign(made.get(), key.get(), EVP_sha256()) == 0)
    throw std::runtime_error{"no certificate can be made"};
  const std::unique_ptr<BIO, void (*)(BIO*)> certificate{BIO_new(BIO_s_mem()), BIO_free_all};
  const std::unique_ptr<BIO, void (*)(BIO*)> secret{BIO_new(BIO_s_mem()), BIO_free_all};
  PEM_write_bio_X509(certificate.get(), made.get());
  const auto* cipher = x.passphrase.empty() ? nullptr : EVP_aes_128_cbc();
  PEM_write_bio_PKCS8PrivateKey(secret.get(), key.get(), cipher, x.passphrase.data(),
                                static_cast<int>(x.passphrase.size()), nullptr, nullptr);
  return {text_in(certificate.get()), text_in(secret.get())};
}

} // namespace kinora::test
