/* The clock, the sockets and the TLS context of all logins. */
#ifndef SIGNET_BENCH_CONNECTION_H
#define SIGNET_BENCH_CONNECTION_H

#include <openssl/ssl.h>
#include <stddef.h>

#include "options.h"

/* Milliseconds on a clock that only goes forward. */
double now_ms(void);

/* The context of all logins: TLS 1.3 only, the server checked against the CA, no resumption. NULL on a bad CA file. */
SSL_CTX *create_tls(const struct options *options);

/* Opens a socket and begins to connect; `number` chooses among the source addresses. What is wrong shows in SO_ERROR as soon as it is ready. */
int open_socket(const struct options *options, size_t number);

#endif
