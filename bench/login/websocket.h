/* XMPP over WebSocket (RFC 7395) as a client speaks it: the request, masked frames out, the server's frames in. */
#ifndef SIGNET_BENCH_WEBSOCKET_H
#define SIGNET_BENCH_WEBSOCKET_H

#include <openssl/ssl.h>
#include <stddef.h>
#include <sys/types.h>

struct websocket {
  /* Sec-WebSocket-Key of this connection. */
  char key[32];
  /* Whether the server has agreed: bytes are frames from here on. */
  int open;
  /* Pings that wait for their pongs. */
  size_t pings;
  unsigned char raw[8192];
  size_t raw_length;
};

/* Most bytes that a frame's head adds to a text. */
#define MAX_FRAME_HEAD 8

/* Writes the request for `path` of `host` and chooses its key; its length. */
size_t ask_for_websocket(struct websocket *socket, char *out, size_t room, const char *host, const char *path);

/* Judges the server's answer so far: 1 when it agrees and says nothing more, 0 to wait, -1 for anything else. */
int take_answer(const struct websocket *socket, const char *answer, size_t length);

/* Makes one masked frame of the `length` bytes at `out`, which has room for MAX_FRAME_HEAD more; its length. */
size_t make_frame(char *out, size_t length, int opcode);

/* Opcodes (RFC 6455 §11.8). */
enum opcode { TEXT_FRAME = 1, CLOSE_FRAME = 8, PING_FRAME = 9, PONG_FRAME = 10 };

/*
 * Reads texts and puts them behind each other at `text`, which has `room` bytes: how many, 0 to wait, or -1 at the end: for
 * a Close frame, and for what no server may send.
 */
ssize_t read_texts(struct websocket *socket, SSL *ssl, char *text, size_t room);

#endif
