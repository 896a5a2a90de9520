#define _GNU_SOURCE
#include "connection.h"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <time.h>

double now_ms(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

SSL_CTX *create_tls(const struct options *options)
{
  SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION);
  SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
  if (SSL_CTX_load_verify_file(tls, options->ca) == 1) return tls;
  SSL_CTX_free(tls);
  return NULL;
}

static void choose_source(int fd, const struct options *options, size_t number)
{
  if (options->sources == 0) return;
  const uint32_t first = ntohl(options->source.s_addr);
  const struct sockaddr_in source = {.sin_family = AF_INET,
                                     .sin_addr = {htonl(first + (uint32_t)(number % options->sources))}};
  const int on = 1;
  /* The port is chosen at connect(), when the other end is known too: there are more of them then. */
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  (void)!bind(fd, (const struct sockaddr *)&source, sizeof source);
}

int open_socket(const struct options *options, size_t number)
{
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  choose_source(fd, options, number);
  (void)!connect(fd, (const struct sockaddr *)&options->server, sizeof options->server);
  return fd;
}
