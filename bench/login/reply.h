/* The server's replies: just enough XML to know where one ends and to check what it says. */
#ifndef SIGNET_BENCH_REPLY_H
#define SIGNET_BENCH_REPLY_H

#include <stddef.h>

/* A complete first-level element. */
struct reply {
  /* Its name, with the prefix it stands with. */
  char name[64];
  /* For `failure` and `stream:error` the condition in it, else the name; for "trailing" what followed it. */
  char reason[80];
  const char *text;
  size_t length;
};

/*
 * Finds the element behind the stream header, if there is a header, in `length` bytes of text that a NUL follows.
 * False while it is not complete. Bytes behind the element, other than white space, make a reply named "trailing".
 */
int read_reply(const char *text, size_t length, struct reply *reply);

/* Whether the reply holds this text. */
int reply_holds(const struct reply *reply, const char *text);

/* Whether it is an <iq/> of type "result" that answers this id. */
int is_result(const struct reply *reply, const char *id);

/* Whether the <jid/> in it is this bare JID with a resource. */
int binds(const struct reply *reply, const char *bare);

#endif
