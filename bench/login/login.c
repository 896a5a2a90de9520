#define _GNU_SOURCE
#include "login.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"
#include "reply.h"

static const char *const stage_names[] = {"connect", "features", "starttls", "tls",  "upgrade", "greeting",
                                          "offer",   "auth",     "restart",  "bind", "goodbye"};

__attribute__((format(printf, 2, 3))) static enum progress fail(struct login *login, const char *format, ...)
{
  int length = snprintf(login->fault, sizeof login->fault, "%s: ", stage_names[login->stage]);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(login->fault + length, sizeof login->fault - (size_t)length, format, arguments);
  va_end(arguments);
  return FAILED;
}

static enum progress fail_tls(struct login *login)
{
  const char *reason = ERR_reason_error_string(ERR_peek_error());
  return fail(login, "%s", reason == NULL ? "the connection ended" : reason);
}

/* Of the body that goes around what is said next over BOSH. */
static const char create_session[] =
    "to='%s' ver='1.6' wait='60' hold='1' xml:lang='en' xmlns:xmpp='urn:xmpp:xbosh' xmpp:version='1.0'";
static const char restart_stream[] = "to='%s' xml:lang='en' xmlns:xmpp='urn:xmpp:xbosh' xmpp:restart='true'";

static void post(struct login *login, const char *attributes)
{
  const struct options *options = login->options;
  login->out_length = make_request(&login->bosh, login->out, login->out_length, sizeof login->out, options->domain,
                                   options->bosh, attributes);
  login->out_sent = 0;
}

/* Asks for whatever there is, or will be. */
static void poll_again(struct login *login)
{
  login->out_length = 0;
  post(login, "");
}

__attribute__((format(printf, 2, 3))) static void say(struct login *login, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  login->out_length = (size_t)vsnprintf(login->out, sizeof login->out - MAX_FRAME_HEAD, format, arguments);
  va_end(arguments);
  if (login->bosh.on) post(login, "");
  if (login->websocket.open) login->out_length = make_frame(login->out, login->out_length, TEXT_FRAME);
  login->out_sent = 0;
}

static void open_stream(struct login *login, enum stage stage)
{
  login->stage = stage;
  login->in_length = 0;
  if (login->bosh.on) {
    char attributes[256];
    snprintf(attributes, sizeof attributes, stage == OFFER ? create_session : restart_stream, login->options->domain);
    login->out_length = 0;
    post(login, attributes);
    return;
  }
  if (login->websocket.open) {
    say(login, "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='%s' version='1.0' xml:lang='en'/>",
        login->options->domain);
    return;
  }
  say(login,
      "<?xml version='1.0'?><stream:stream to='%s' version='1.0' xml:lang='en' xmlns='jabber:client' "
      "xmlns:stream='http://etherx.jabber.org/streams'>",
      login->options->domain);
}

static void ask_for_upgrade(struct login *login)
{
  login->stage = UPGRADE;
  login->in_length = 0;
  login->out_sent = 0;
  login->out_length = ask_for_websocket(&login->websocket, login->out, sizeof login->out, login->options->domain,
                                        login->options->websocket);
}

static void start_tls(struct login *login)
{
  login->stage = TLS;
  login->in_length = 0;
  login->ssl = SSL_new(login->tls);
  SSL_set_fd(login->ssl, login->fd);
  SSL_set_tlsext_host_name(login->ssl, login->options->domain);
  SSL_set1_host(login->ssl, login->options->domain);
  if (!login->options->no_certificate) {
    SSL_use_certificate(login->ssl, login->who->certificate);
    SSL_use_PrivateKey(login->ssl, login->who->key);
  }
  SSL_set_connect_state(login->ssl);
}

struct login *begin_login(const struct options *options, SSL_CTX *tls, const struct identity *who, size_t number)
{
  struct login *login = malloc(sizeof *login);
  memset(login, 0, offsetof(struct login, in));
  login->in_length = login->out_length = login->out_sent = 0;
  login->in[0] = 0;
  login->options = options;
  login->tls = tls;
  login->who = who;
  login->began_ms = now_ms();
  login->deadline_ms = login->began_ms + options->timeout_ms;
  login->fd = open_socket(options, number);
  return login;
}

/* Writes what is to be said: 1 when all is out, 0 to wait, -1 when the connection is broken. */
static int flush(struct login *login)
{
  while (login->out_sent < login->out_length) {
    const char *rest = login->out + login->out_sent;
    const size_t length = login->out_length - login->out_sent;
    ssize_t sent;
    if (login->ssl != NULL) {
      ERR_clear_error();
      sent = SSL_write(login->ssl, rest, (int)length);
      if (sent <= 0) {
        const int error = SSL_get_error(login->ssl, (int)sent);
        return error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_WANT_READ ? 0 : -1;
      }
    } else {
      sent = send(login->fd, rest, length, MSG_NOSIGNAL);
      if (sent < 0) return errno == EAGAIN ? 0 : -1;
    }
    login->out_sent += (size_t)sent;
  }
  return 1;
}

/* Reads what is there: bytes, 0 to wait, -1 at the end, -2 when there is no room for more. */
static ssize_t fill(struct login *login)
{
  const size_t room = sizeof login->in - 1 - login->in_length;
  if (room == 0) return -2;
  if (login->bosh.on) {
    const ssize_t texts = read_bodies(&login->bosh, login->ssl, login->in + login->in_length, room);
    if (texts > 0) login->in_length += (size_t)texts;
    login->in[login->in_length] = 0;
    return texts;
  }
  if (login->websocket.open) {
    const ssize_t texts = read_texts(&login->websocket, login->ssl, login->in + login->in_length, room);
    if (texts > 0) login->in_length += (size_t)texts;
    login->in[login->in_length] = 0;
    return texts;
  }
  char *end = login->in + login->in_length;
  ssize_t count;
  if (login->ssl != NULL) {
    ERR_clear_error();
    count = SSL_read(login->ssl, end, (int)room);
    if (count <= 0) {
      const int error = SSL_get_error(login->ssl, (int)count);
      return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
    }
  } else {
    count = recv(login->fd, end, room, 0);
    if (count == 0) return -1;
    if (count < 0) return errno == EAGAIN ? 0 : -1;
  }
  login->in_length += (size_t)count;
  login->in[login->in_length] = 0;
  return count;
}

/* The element that must answer each stage, and what it must hold. */
static const struct expectation {
  const char *element;
  const char *content;
} expectations[] = {
    [FEATURES] = {"stream:features", "urn:ietf:params:xml:ns:xmpp-tls"},
    [PROCEED] = {"proceed", "urn:ietf:params:xml:ns:xmpp-tls"},
    [OFFER] = {"stream:features", ">EXTERNAL<"},
    [AUTH] = {"success", "urn:ietf:params:xml:ns:xmpp-sasl"},
    [BIND_OFFER] = {"stream:features", "urn:ietf:params:xml:ns:xmpp-bind"},
    [BIND] = {"iq", "urn:ietf:params:xml:ns:xmpp-bind"},
};

/* Judges a complete reply and says the next thing. */
static enum progress take_reply(struct login *login, const struct reply *reply)
{
  const struct expectation *expected = &expectations[login->stage];
  if (strcmp(reply->name, expected->element) != 0) return fail(login, "%s", reply->reason);
  if (!reply_holds(reply, expected->content)) return fail(login, "%s lacks %s", expected->element, expected->content);
  login->in_length = 0;
  switch (login->stage) {
    case FEATURES:
      login->stage = PROCEED;
      say(login, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
      return WAITING;
    case PROCEED:
      start_tls(login);
      return WAITING;
    case OFFER:
      login->stage = AUTH;
      say(login, "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>%s</auth>",
          login->options->authzid);
      return WAITING;
    case AUTH:
      open_stream(login, BIND_OFFER);
      return WAITING;
    case BIND_OFFER:
      login->stage = BIND;
      say(login, "<iq xmlns='jabber:client' type='set' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
      return WAITING;
    default:
      if (!is_result(reply, "b1")) return fail(login, "not the result of our request");
      return binds(reply, login->who->jid) ? LOGGED_IN : fail(login, "wrong-jid");
  }
}

static enum progress shake_hands(struct login *login)
{
  ERR_clear_error();
  const int done = SSL_do_handshake(login->ssl);
  if (done != 1) {
    const int error = SSL_get_error(login->ssl, done);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? WAITING : fail_tls(login);
  }
  if (login->options->handshake_only) login->stage = GREETING;
  else if (login->options->websocket != NULL) ask_for_upgrade(login);
  else {
    if (login->options->bosh != NULL) start_bosh(&login->bosh);
    open_stream(login, OFFER);
  }
  return LOGGED_IN;
}

static enum progress connected(struct login *login)
{
  int error = 0;
  socklen_t length = sizeof error;
  if (getsockopt(login->fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) error = errno;
  if (error != 0) return fail(login, "%s", strerrorname_np(error));
  if (login->options->direct) start_tls(login);
  else open_stream(login, FEATURES);
  return WAITING;
}

/* Reads until the server has closed its side too. */
static enum progress await_end(struct login *login)
{
  for (;;) {
    login->in_length = 0;
    const ssize_t count = fill(login);
    if (count == 0) return WAITING;
    if (count < 0) return GONE;
  }
}

enum progress advance_login(struct login *login)
{
  for (;;) {
    if (login->stage == CONNECT) {
      if (connected(login) == FAILED) return FAILED;
      continue;
    }
    if (login->stage == TLS) {
      const enum progress shaken = shake_hands(login);
      if (shaken != LOGGED_IN) return shaken;
      continue;
    }
    const int flushed = flush(login);
    if (flushed == 0) return WAITING;
    if (login->stage == GOODBYE) return await_end(login);
    if (flushed < 0) return fail_tls(login);
    if (login->stage == UPGRADE) {
      const int agreed = take_answer(&login->websocket, login->in, login->in_length);
      if (agreed < 0) return fail(login, "%.12s", login->in);
      if (agreed > 0) {
        login->websocket.open = 1;
        open_stream(login, OFFER);
        continue;
      }
    }
    struct reply reply;
    if (login->stage != UPGRADE && login->stage != GREETING && read_reply(login->in, login->in_length, &reply)) {
      const enum progress taken = take_reply(login, &reply);
      if (taken != WAITING) return taken;
      continue;
    }
    const ssize_t count = fill(login);
    if (count == 0 && login->bosh.on && !login->bosh.asked) {
      poll_again(login);
      continue;
    }
    if (count == 0) return WAITING;
    if (count == -2) return fail(login, "a reply without an end");
    if (count < 0) return fail_tls(login);
    if (login->stage == GREETING) return LOGGED_IN;
  }
}

void rest(struct login *login)
{
  if (!login->bosh.on) return;
  poll_again(login);
  (void)flush(login);
}

/* Keeps a request open, whatever comes. */
static int stays_over_bosh(struct login *login)
{
  for (;;) {
    if (flush(login) < 0) return 0;
    login->in_length = 0;
    if (fill(login) < 0) return 0;
    if (login->bosh.asked) return 1;
    poll_again(login);
  }
}

int stays(struct login *login)
{
  if (login->bosh.on) return stays_over_bosh(login);
  struct websocket *websocket = &login->websocket;
  if (!websocket->open) {
    /* Nobody asked for anything: whatever a held session hears, it is held no more if the connection ended. */
    char byte;
    const int count = SSL_peek(login->ssl, &byte, 1);
    return count > 0 || SSL_get_error(login->ssl, count) == SSL_ERROR_WANT_READ;
  }
  for (;;) {
    login->in_length = 0;
    const ssize_t count = fill(login);
    if (count < 0) return 0;
    for (; websocket->pings > 0; websocket->pings--) {
      login->out_length = make_frame(login->out, 0, PONG_FRAME);
      login->out_sent = 0;
      if (flush(login) < 0) return 0;
    }
    if (count == 0) return 1;
  }
}

/* The end of the stream, and with WebSocket that of the connection too. */
static void say_goodbye(struct login *login)
{
  if (login->bosh.on) {
    login->out_length = 0;
    post(login, "type='terminate'");
    return;
  }
  if (!login->websocket.open) {
    say(login, "</stream:stream>");
    return;
  }
  say(login, "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
  /* 1000: a normal end. */
  char close[2 + MAX_FRAME_HEAD] = {3, (char)232};
  const size_t length = make_frame(close, 2, CLOSE_FRAME);
  memcpy(login->out + login->out_length, close, length);
  login->out_length += length;
  login->websocket.open = 0;
}

void leave(struct login *login)
{
  if (!login->options->handshake_only) {
    say_goodbye(login);
    (void)flush(login);
  }
  login->stage = GOODBYE;
  login->out_length = login->out_sent = 0;
  login->deadline_ms = now_ms() + login->options->timeout_ms;
  ERR_clear_error();
  SSL_shutdown(login->ssl);
  shutdown(login->fd, SHUT_WR);
}

void end_login(struct login *login)
{
  ERR_clear_error();
  SSL_free(login->ssl);
  if (login->fd >= 0) close(login->fd);
  free(login);
}
