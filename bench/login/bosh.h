/* XMPP over BOSH (XEP-0124, XEP-0206) as a client speaks it: one request at a time, over one connection that is kept. */
#ifndef SIGNET_BENCH_BOSH_H
#define SIGNET_BENCH_BOSH_H

#include <openssl/ssl.h>
#include <stddef.h>
#include <sys/types.h>

struct bosh {
  /* Whether requests and answers go around what is said. */
  int on;
  /* Whether a request waits for its answer. */
  int asked;
  unsigned long long rid;
  char sid[72];
  char raw[12288];
  size_t raw_length;
};

/* Begins a session. */
void start_bosh(struct bosh *bosh);

/*
 * Makes a POST to `path` of `host` around the `length` bytes at `out`, which has `room`; `attributes` are those of the body
 * beside rid and sid. Its length.
 */
size_t make_request(struct bosh *bosh, char *out, size_t length, size_t room, const char *host, const char *path,
                    const char *attributes);

/*
 * Reads answers and puts what their bodies hold at `text`, which has `room` bytes: how many, 0 to wait or to ask again, or -1
 * at the end: of the connection, or of the session, without a word about it.
 */
ssize_t read_bodies(struct bosh *bosh, SSL *ssl, char *text, size_t room);

#endif
