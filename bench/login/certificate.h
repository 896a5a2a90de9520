/* Certificates with their keys, and the JID that a certificate is for. */
#ifndef SIGNET_BENCH_CERTIFICATE_H
#define SIGNET_BENCH_CERTIFICATE_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stddef.h>

/* One user: a certificate, its private key, and the bare JID in its xmppAddr. */
struct identity {
  X509 *certificate;
  EVP_PKEY *key;
  char *jid;
};

/* All identities of a directory. */
struct identities {
  struct identity *list;
  size_t count;
};

/*
 * The one xmppAddr (subjectAltName otherName 1.3.6.1.5.5.7.8.5, a UTF8String) of a certificate, to be freed with
 * free(); NULL when it has none, or more than one.
 */
char *jid_of_certificate(X509 *certificate);

/* Reads every *.pem file of a directory, each a certificate and its key. Returns NULL, or what is wrong. */
const char *read_identities(const char *directory, struct identities *result);

#endif
