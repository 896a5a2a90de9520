#define _GNU_SOURCE
#include "reply.h"

#include <stdio.h>
#include <string.h>

static const char name_ends[] = " \t\r\n/>";

static const char *skip_space(const char *at)
{
  return at + strspn(at, " \t\r\n");
}

/* Behind the XML declaration and the stream header, or WebSocket's <open/>, if they are there; NULL while one of them is not complete. */
static const char *skip_header(const char *at)
{
  for (;;) {
    at = skip_space(at);
    const int is_header =
        strncmp(at, "<?xml", 5) == 0 || strncmp(at, "<stream:stream", 14) == 0 || strncmp(at, "<open ", 6) == 0;
    if (!is_header) return at;
    const char *end = strchr(at, '>');
    if (end == NULL) return NULL;
    at = end + 1;
  }
}

/* Behind the element that begins here; NULL while it is not complete. */
static const char *end_of_element(const char *at, const char *name)
{
  const char *head_end = strchr(at, '>');
  if (head_end == NULL) return NULL;
  if (head_end[-1] == '/') return head_end + 1;
  char tail[80];
  snprintf(tail, sizeof tail, "</%s>", name);
  const char *end = strstr(head_end, tail);
  return end == NULL ? NULL : end + strlen(tail);
}

static void copy_name(char *target, size_t room, const char *at)
{
  const size_t length = strcspn(at, name_ends);
  snprintf(target, room, "%.*s", (int)(length < room ? length : room - 1), at);
}

int read_reply(const char *text, size_t length, struct reply *reply)
{
  if (length == 0) return 0;
  const char *at = skip_header(text);
  if (at == NULL || *at == 0) return 0;
  if (*at != '<') {
    strcpy(reply->name, "text");
    strcpy(reply->reason, "text");
    return 1;
  }
  if (strncmp(at, "</stream:stream>", 16) == 0) {
    strcpy(reply->name, "end");
    strcpy(reply->reason, "the stream ended");
    return 1;
  }
  copy_name(reply->name, sizeof reply->name, at + 1);
  const char *end = end_of_element(at, reply->name);
  if (end == NULL) return 0;
  reply->text = at;
  reply->length = (size_t)(end - at);
  strcpy(reply->reason, reply->name);
  const int is_error = strcmp(reply->name, "failure") == 0 || strcmp(reply->name, "stream:error") == 0;
  const char *child = is_error ? strchr(at + 1, '<') : NULL;
  if (child != NULL && child < end) copy_name(reply->reason, sizeof reply->reason, child + 1);
  if (!is_error && *skip_space(end) != 0) {
    /* A server has nothing to say before it is asked again. */
    strcpy(reply->name, "trailing");
    strcpy(reply->reason, "more than one reply");
  }
  return 1;
}

int reply_holds(const struct reply *reply, const char *text)
{
  return memmem(reply->text, reply->length, text, strlen(text)) != NULL;
}

static int has_attribute(const struct reply *reply, const char *name, const char *value)
{
  const size_t head = strcspn(reply->text, ">");
  char single[64], quoted[64];
  snprintf(single, sizeof single, " %s='%s'", name, value);
  snprintf(quoted, sizeof quoted, " %s=\"%s\"", name, value);
  return memmem(reply->text, head, single, strlen(single)) != NULL ||
         memmem(reply->text, head, quoted, strlen(quoted)) != NULL;
}

int is_result(const struct reply *reply, const char *id)
{
  return has_attribute(reply, "type", "result") && has_attribute(reply, "id", id);
}

int binds(const struct reply *reply, const char *bare)
{
  static const char open[] = "<jid>";
  const char *jid = memmem(reply->text, reply->length, open, sizeof open - 1);
  if (jid == NULL) return 0;
  jid += sizeof open - 1;
  const size_t length = strlen(bare);
  return strncmp(jid, bare, length) == 0 && jid[length] == '/' && jid[length + 1] != '<';
}
