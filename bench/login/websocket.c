#define _GNU_SOURCE
#include "websocket.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* RFC 6455 §1.3. */
static const char accept_suffix[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

size_t ask_for_websocket(struct websocket *socket, char *out, size_t room, const char *host, const char *path)
{
  unsigned char random[16];
  RAND_bytes(random, sizeof random);
  EVP_EncodeBlock((unsigned char *)socket->key, random, sizeof random);
  return (size_t)snprintf(out, room,
                          "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\nSec-WebSocket-Protocol: xmpp\r\n\r\n",
                          path, host, socket->key);
}

/* Whether the header has this field with this value. */
static int has_field(const char *header, const char *name, const char *value)
{
  const size_t length = strlen(name);
  for (const char *line = strstr(header, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
    line += 2;
    if (strncasecmp(line, name, length) != 0 || line[length] != ':') continue;
    const char *found = line + length + 1 + strspn(line + length + 1, " ");
    return strncmp(found, value, strlen(value)) == 0 && strncmp(found + strlen(value), "\r\n", 2) == 0;
  }
  return 0;
}

int take_answer(const struct websocket *socket, const char *answer, size_t length)
{
  static const char agreed[] = "HTTP/1.1 101 ";
  const size_t known = sizeof agreed - 1;
  if (strncmp(answer, agreed, length < known ? length : known) != 0) return -1;
  const char *end = strstr(answer, "\r\n\r\n");
  if (end == NULL) return 0;
  char text[96];
  unsigned char digest[SHA_DIGEST_LENGTH];
  char due[32];
  const int bytes = snprintf(text, sizeof text, "%s%s", socket->key, accept_suffix);
  SHA1((const unsigned char *)text, (size_t)bytes, digest);
  EVP_EncodeBlock((unsigned char *)due, digest, sizeof digest);
  const int agrees =
      has_field(answer, "Sec-WebSocket-Accept", due) && has_field(answer, "Sec-WebSocket-Protocol", "xmpp");
  return agrees && end + 4 == answer + length ? 1 : -1;
}

size_t make_frame(char *out, size_t length, int opcode)
{
  unsigned char mask[4];
  RAND_bytes(mask, sizeof mask);
  const size_t head = length < 126 ? 6 : 8;
  memmove(out + head, out, length);
  out[0] = (char)(0x80 | opcode);
  out[1] = (char)(0x80 | (length < 126 ? length : 126));
  if (head == 8) {
    out[2] = (char)(length >> 8);
    out[3] = (char)length;
  }
  memcpy(out + head - 4, mask, sizeof mask);
  for (size_t i = 0; i < length; i++) out[head + i] ^= (char)mask[i % 4];
  return head + length;
}

/* Takes whole frames off `raw`. */
static ssize_t take_frames(struct websocket *socket, char *text, size_t room)
{
  size_t taken = 0, at = 0;
  while (socket->raw_length - at >= 2) {
    const unsigned char *frame = socket->raw + at;
    const int opcode = frame[0] & 0x0f;
    /* Whole messages, no reserved bits, no mask: all else is a fault of the server's. */
    if ((frame[0] & 0xf0) != 0x80 || frame[1] > 126) return -1;
    const size_t head = frame[1] == 126 ? 4 : 2;
    if (socket->raw_length - at < head) break;
    const size_t length = head == 4 ? (size_t)(frame[2] << 8 | frame[3]) : frame[1];
    if (length + head > sizeof socket->raw) return -1;
    if (socket->raw_length - at < head + length) break;
    /* What was said before the end is heard first. */
    if (opcode == CLOSE_FRAME && taken > 0) break;
    if (opcode == PING_FRAME) socket->pings++;
    else if (opcode != TEXT_FRAME || taken + length > room) return -1;
    else {
      memcpy(text + taken, frame + head, length);
      taken += length;
    }
    at += head + length;
  }
  socket->raw_length -= at;
  memmove(socket->raw, socket->raw + at, socket->raw_length);
  return (ssize_t)taken;
}

ssize_t read_texts(struct websocket *socket, SSL *ssl, char *text, size_t room)
{
  for (;;) {
    const ssize_t taken = take_frames(socket, text, room);
    if (taken != 0) return taken;
    ERR_clear_error();
    const int count = SSL_read(ssl, socket->raw + socket->raw_length, (int)(sizeof socket->raw - socket->raw_length));
    if (count <= 0) {
      const int error = SSL_get_error(ssl, count);
      return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
    }
    socket->raw_length += (size_t)count;
  }
}
