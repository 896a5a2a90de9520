/* One login as a state machine over a non-blocking socket: from connect() to the bound JID, and goodbye. */
#ifndef SIGNET_BENCH_LOGIN_H
#define SIGNET_BENCH_LOGIN_H

#include <openssl/ssl.h>
#include <stddef.h>

#include "bosh.h"
#include "certificate.h"
#include "options.h"
#include "websocket.h"

/* Where a login stands; the names of failures begin with it. */
enum stage { CONNECT, FEATURES, PROCEED, TLS, UPGRADE, GREETING, OFFER, AUTH, BIND_OFFER, BIND, GOODBYE };

/* How far a login came. Everything but WAITING is reported once. */
enum progress {
  WAITING,
  /* Bound (or, with --handshake-only, greeted), every reply checked. */
  LOGGED_IN,
  /* The connection is over after a login that counted. */
  GONE,
  /* `fault` says why. */
  FAILED,
};

struct login {
  int fd;
  SSL *ssl;
  enum stage stage;
  const struct identity *who;
  const struct options *options;
  SSL_CTX *tls;
  double began_ms;
  double deadline_ms;
  /* Stage and reason, such as "auth: not-authorized". */
  char fault[96];
  /* Used with --websocket only. */
  struct websocket websocket;
  /* Used with --bosh only. */
  struct bosh bosh;
  char in[16384];
  size_t in_length;
  char out[1024];
  size_t out_length;
  size_t out_sent;
};

/* Opens the socket and begins to connect; `number` chooses among the source addresses. Never NULL; a socket that cannot be had shows in the first advance. */
struct login *begin_login(const struct options *options, SSL_CTX *tls, const struct identity *who, size_t number);

/* Goes on as far as the socket allows. */
enum progress advance_login(struct login *login);

/* Begins to be idle: over BOSH that takes a request which is kept open. */
void rest(struct login *login);

/* Sees to a session that is logged in and idle: false when its connection has ended. */
int stays(struct login *login);

/* Says goodbye; advance until GONE. */
void leave(struct login *login);

/* Closes the socket and frees everything. */
void end_login(struct login *login);

#endif
