/*
 * The floor: the same login with nothing around it. One thread, epoll, OpenSSL, canned replies; it checks the client's
 * certificate, its JID and the authorization identity, and nothing else. Not a server for anybody's use.
 *
 * Usage: login-server PORT CERTIFICATE KEY CA [--handshake-only]; listens on 127.0.0.1 and prints "ready".
 * Also builds as a shared object that Node can load: it then runs inside Node, on Node's own OpenSSL, with its
 * arguments taken from the environment variable LOGIN_SERVER_ARGS.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../login/certificate.h"

#define MAX_EVENTS 256

enum stage { HEADER, STARTTLS, HANDSHAKE, TLS_HEADER, AUTH, BIND_HEADER, BIND, SESSION };

struct client {
  int fd;
  SSL *ssl;
  enum stage stage;
  char *jid;
  size_t length;
  char in[2048];
};

struct server {
  SSL_CTX *tls;
  int listener;
  int epoll;
  int handshake_only;
};

static const char header[] =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "id='0123456789abcdef' from='localhost' xml:lang='en' version='1.0'>";

static int say(struct client *client, const char *first, const char *second)
{
  char out[1024];
  const int length = snprintf(out, sizeof out, "%s%s", first, second);
  if (client->ssl != NULL) return SSL_write(client->ssl, out, length) == length;
  return send(client->fd, out, (size_t)length, MSG_NOSIGNAL) == length;
}

static int is_authzid(const struct client *client, const char *text)
{
  if (*text == '=') return 1;
  unsigned char expected[512];
  const size_t length = strlen(client->jid);
  if (length > 300) return 0;
  const int encoded = EVP_EncodeBlock(expected, (const unsigned char *)client->jid, (int)length);
  return strncmp(text, (const char *)expected, (size_t)encoded) == 0 && text[encoded] == '<';
}

static int authenticate(struct client *client)
{
  X509 *peer = SSL_get1_peer_certificate(client->ssl);
  client->jid = peer != NULL && SSL_get_verify_result(client->ssl) == X509_V_OK ? jid_of_certificate(peer) : NULL;
  X509_free(peer);
  const char *text = strchr(client->in, '>');
  if (client->jid != NULL && text != NULL && is_authzid(client, text + 1)) {
    client->stage = BIND_HEADER;
    return say(client, "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", "");
  }
  say(client, "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>", "</stream:stream>");
  return 0;
}

static int bind_resource(struct client *client)
{
  char id[64] = "", out[512];
  const char *at = strstr(client->in, " id='");
  if (at != NULL) sscanf(at, " id='%63[^'<>&]'", id);
  snprintf(out, sizeof out,
           "<iq type='result' id='%s'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>%s/floor</jid></bind></iq>",
           id, client->jid);
  client->stage = SESSION;
  return say(client, out, "");
}

static int start_tls(struct client *client, const struct server *server)
{
  client->ssl = SSL_new(server->tls);
  SSL_set_fd(client->ssl, client->fd);
  SSL_set_accept_state(client->ssl);
  client->stage = HANDSHAKE;
  return 1;
}

static int has(const struct client *client, const char *text)
{
  return strstr(client->in, text) != NULL;
}

/* Answers what has come: 1 when something was answered, 0 to wait for more, -1 to hang up. */
static int answer(struct client *client, const struct server *server)
{
  int went = 1;
  switch (client->stage) {
    case HEADER:
      if (!has(client, "streams'>")) return 0;
      client->stage = STARTTLS;
      went = say(client, header,
                 "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"
                 "</stream:features>");
      break;
    case STARTTLS:
      if (!has(client, "<starttls") || !has(client, "/>")) return 0;
      went = say(client, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "") && start_tls(client, server);
      break;
    case TLS_HEADER:
      if (!has(client, "streams'>")) return 0;
      client->stage = AUTH;
      went = say(client, header,
                 "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
                 "<mechanism>EXTERNAL</mechanism></mechanisms></stream:features>");
      break;
    case AUTH:
      if (!has(client, "</auth>")) return 0;
      went = authenticate(client);
      break;
    case BIND_HEADER:
      if (!has(client, "streams'>")) return 0;
      client->stage = BIND;
      went = say(client, header,
                 "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>");
      break;
    case BIND:
      if (!has(client, "</iq>")) return 0;
      went = bind_resource(client);
      break;
    default:
      if (!has(client, "</stream:stream>")) return 0;
      say(client, "</stream:stream>", "");
      return -1;
  }
  client->length = 0;
  client->in[0] = 0;
  return went ? 1 : -1;
}

/* Bytes read, 0 to wait, -1 at the end. */
static ssize_t receive(struct client *client)
{
  const size_t room = sizeof client->in - 1 - client->length;
  if (room == 0) return -1;
  ssize_t count;
  if (client->ssl != NULL) {
    count = SSL_read(client->ssl, client->in + client->length, (int)room);
    if (count <= 0) return SSL_get_error(client->ssl, (int)count) == SSL_ERROR_WANT_READ ? 0 : -1;
  } else {
    count = recv(client->fd, client->in + client->length, room, 0);
    if (count <= 0) return count < 0 && errno == EAGAIN ? 0 : -1;
  }
  client->length += (size_t)count;
  client->in[client->length] = 0;
  return count;
}

/* 0 to wait, -1 to hang up. */
static int advance(struct client *client, const struct server *server)
{
  for (;;) {
    ERR_clear_error();
    if (client->stage == HANDSHAKE) {
      const int done = SSL_do_handshake(client->ssl);
      if (done != 1) return SSL_get_error(client->ssl, done) == SSL_ERROR_WANT_READ ? 0 : -1;
      client->stage = server->handshake_only ? SESSION : TLS_HEADER;
      if (server->handshake_only) say(client, "K", "");
    }
    const ssize_t count = receive(client);
    if (count <= 0) return (int)count;
    if (answer(client, server) < 0) return -1;
  }
}

static void hang_up(struct client *client)
{
  ERR_clear_error();
  if (client->ssl != NULL && SSL_is_init_finished(client->ssl)) SSL_shutdown(client->ssl);
  SSL_free(client->ssl);
  close(client->fd);
  free(client->jid);
  free(client);
}

static void take_clients(const struct server *server)
{
  for (;;) {
    const int fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct client *client = calloc(1, sizeof *client);
    client->fd = fd;
    if (server->handshake_only) start_tls(client, server);
    struct epoll_event wanted = {.events = EPOLLIN | EPOLLET, .data = {.ptr = client}};
    epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &wanted);
  }
}

static SSL_CTX *create_tls(char **files)
{
  SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
  SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION);
  SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(tls, 0);
  SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  const int good = SSL_CTX_use_certificate_chain_file(tls, files[0]) == 1 &&
                   SSL_CTX_use_PrivateKey_file(tls, files[1], SSL_FILETYPE_PEM) == 1 &&
                   SSL_CTX_load_verify_locations(tls, files[2], NULL) == 1;
  if (!good) return NULL;
  SSL_CTX_set_client_CA_list(tls, SSL_load_client_CA_file(files[2]));
  return tls;
}

static int listen_on(int port)
{
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 1024) != 0) return -1;
  return fd;
}

static int serve(int argc, char **argv)
{
  if (argc < 5) {
    fprintf(stderr, "login-server PORT CERTIFICATE KEY CA [--handshake-only]\n");
    return 64;
  }
  signal(SIGPIPE, SIG_IGN);
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  struct server server = {.tls = create_tls(argv + 2),
                          .listener = listen_on(atoi(argv[1])),
                          .epoll = epoll_create1(EPOLL_CLOEXEC),
                          .handshake_only = argc > 5 && strcmp(argv[5], "--handshake-only") == 0};
  if (server.tls == NULL || server.listener < 0) {
    fprintf(stderr, "login-server: no certificate, key or CA, or no such port\n");
    return 66;
  }
  struct epoll_event accepting = {.events = EPOLLIN, .data = {.ptr = NULL}};
  epoll_ctl(server.epoll, EPOLL_CTL_ADD, server.listener, &accepting);
  printf("ready on %s\n", OpenSSL_version(OPENSSL_VERSION));
  fflush(stdout);
  for (;;) {
    struct epoll_event events[MAX_EVENTS];
    const int count = epoll_wait(server.epoll, events, MAX_EVENTS, -1);
    for (int i = 0; i < count; i++) {
      struct client *client = events[i].data.ptr;
      if (client == NULL) take_clients(&server);
      else if (advance(client, &server) < 0) hang_up(client);
    }
  }
}

/* What Node calls when it loads an add-on. */
void *napi_register_module_v1(void *environment, void *exports)
{
  (void)environment;
  char *argv[8] = {"login-server"};
  int argc = 1;
  char *text = strdup(getenv("LOGIN_SERVER_ARGS"));
  for (char *part = strtok(text, " "); part != NULL && argc < 7; part = strtok(NULL, " ")) argv[argc++] = part;
  (void)exports;
  exit(serve(argc, argv));
}

int main(int argc, char **argv)
{
  return serve(argc, argv);
}
