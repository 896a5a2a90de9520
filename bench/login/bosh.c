#define _GNU_SOURCE
#include "bosh.h"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY_ROOM 1024

void start_bosh(struct bosh *bosh)
{
  uint32_t random;
  RAND_bytes((unsigned char *)&random, sizeof random);
  bosh->on = 1;
  bosh->rid = 1 + random;
}

size_t make_request(struct bosh *bosh, char *out, size_t length, size_t room, const char *host, const char *path,
                    const char *attributes)
{
  char body[BODY_ROOM];
  const int size = snprintf(body, sizeof body,
                            "<body xmlns='http://jabber.org/protocol/httpbind' rid='%llu'%s%s%s %s>%.*s</body>",
                            bosh->rid++, bosh->sid[0] == 0 ? "" : " sid='", bosh->sid, bosh->sid[0] == 0 ? "" : "'",
                            attributes, (int)length, out);
  bosh->asked = 1;
  return (size_t)snprintf(out, room,
                          "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: text/xml; charset=utf-8\r\n"
                          "Content-Length: %d\r\n\r\n%s",
                          path, host, size, body);
}

/* The value of an attribute of the tag that ends at `end`, in either kind of quotes; NULL where there is none. */
static const char *value_of(const char *tag, const char *end, const char *name, size_t *length)
{
  const char *found = memmem(tag, (size_t)(end - tag), name, strlen(name));
  if (found == NULL) return NULL;
  const char *value = found + strlen(name);
  const char *close = memchr(value + 1, *value, (size_t)(end - value - 1));
  if ((*value != '\'' && *value != '"') || close == NULL) return NULL;
  *length = (size_t)(close - value - 1);
  return value + 1;
}

/* What a body holds: how many bytes, or -1 for the end of the session. */
static ssize_t take_body(struct bosh *bosh, const char *body, size_t size, char *text, size_t room)
{
  const char *end = memchr(body, '>', size);
  if (size == 0 || strncmp(body, "<body", 5) != 0 || end == NULL) return -1;
  size_t length;
  const char *sid = value_of(body, end, " sid=", &length);
  if (sid != NULL && bosh->sid[0] == 0 && length < sizeof bosh->sid) memcpy(bosh->sid, sid, length);
  const char *type = value_of(body, end, " type=", &length);
  const int is_end = type != NULL && strncmp(type, "terminate", length) == 0;
  const char *content = end + 1;
  const char *tail = end[-1] == '/' ? NULL : memrchr(content, '<', size - (size_t)(content - body));
  const size_t held = tail == NULL ? 0 : (size_t)(tail - content);
  if (held > room || (held == 0 && is_end)) return -1;
  memcpy(text, content, held);
  return (ssize_t)held;
}

/* Takes one whole answer off what was read: what its body holds, 0 where none is whole, -1 at the end. */
static ssize_t take_answer_body(struct bosh *bosh, char *text, size_t room)
{
  char *end = memmem(bosh->raw, bosh->raw_length, "\r\n\r\n", 4);
  if (end == NULL) return 0;
  *end = 0;
  const char *field = strcasestr(bosh->raw, "\r\ncontent-length:");
  const size_t size = field == NULL ? 0 : (size_t)strtoul(field + 17, NULL, 10);
  *end = '\r';
  const size_t whole = (size_t)(end - bosh->raw) + 4 + size;
  if (field == NULL || strncmp(bosh->raw, "HTTP/1.1 200 ", 13) != 0 || whole > sizeof bosh->raw) return -1;
  if (bosh->raw_length < whole) return 0;
  const ssize_t count = take_body(bosh, end + 4, size, text, room);
  memmove(bosh->raw, bosh->raw + whole, bosh->raw_length - whole);
  bosh->raw_length -= whole;
  bosh->asked = 0;
  return count;
}

ssize_t read_bodies(struct bosh *bosh, SSL *ssl, char *text, size_t room)
{
  for (;;) {
    const ssize_t taken = take_answer_body(bosh, text, room);
    if (taken != 0 || !bosh->asked) return taken;
    if (bosh->raw_length == sizeof bosh->raw) return -1;
    ERR_clear_error();
    const int count = SSL_read(ssl, bosh->raw + bosh->raw_length, (int)(sizeof bosh->raw - bosh->raw_length));
    if (count <= 0) {
      const int error = SSL_get_error(ssl, count);
      return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
    }
    bosh->raw_length += (size_t)count;
  }
}
