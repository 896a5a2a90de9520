/*
 * A load generator for XMPP servers on this machine: STARTTLS, direct TLS, WebSocket or BOSH, client certificate, SASL
 * EXTERNAL, resource binding.
 * One thread, epoll. Every reply is checked; a login counts when the bound JID is that of the certificate shown.
 * Reports as one line of JSON; with --hold one line at each step.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "connection.h"
#include "login.h"

#define MAX_FAULT_KINDS 64
#define MAX_EVENTS 256

static const double deadline_check_ms = 50;

struct fault_count {
  char kind[96];
  size_t count;
};

struct run {
  struct options options;
  struct identities who;
  SSL_CTX *tls;
  int epoll;
  /* Every connection that is open: in progress, held, or saying goodbye. */
  struct login **open;
  size_t open_count;
  size_t started;
  size_t in_progress;
  size_t held;
  size_t lost;
  size_t unclosed;
  size_t succeeded;
  size_t failed;
  double *latencies_ms;
  double first_ms;
  double last_ms;
  struct fault_count faults[MAX_FAULT_KINDS];
};

static void count_fault(struct run *run, const char *kind)
{
  run->failed++;
  size_t i = 0;
  while (i + 1 < MAX_FAULT_KINDS && run->faults[i].count > 0 && strcmp(run->faults[i].kind, kind) != 0) i++;
  snprintf(run->faults[i].kind, sizeof run->faults[i].kind, "%s", kind);
  run->faults[i].count++;
}

static void discard(struct run *run, struct login *login)
{
  for (size_t i = 0; i < run->open_count; i++) {
    if (run->open[i] != login) continue;
    run->open[i] = run->open[--run->open_count];
    break;
  }
  end_login(login);
}

static void start_one(struct run *run)
{
  const struct identity *who = &run->who.list[run->started % run->who.count];
  struct login *login = begin_login(&run->options, run->tls, who, run->started);
  run->open[run->open_count++] = login;
  run->started++;
  run->in_progress++;
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.ptr = login}};
  if (epoll_ctl(run->epoll, EPOLL_CTL_ADD, login->fd, &event) == 0) return;
  run->in_progress--;
  count_fault(run, "connect: no socket");
  discard(run, login);
}

static int is_held(const struct login *login)
{
  return login->deadline_ms == 0;
}

static void logged_in(struct run *run, struct login *login)
{
  const double now = now_ms();
  run->latencies_ms[run->succeeded++] = now - login->began_ms;
  run->last_ms = now;
  if (run->options.hold_steps > 0) {
    login->deadline_ms = 0;
    run->in_progress--;
    run->held++;
    rest(login);
    return;
  }
  leave(login);
}

static void advance(struct run *run, struct login *login)
{
  if (is_held(login)) {
    if (stays(login)) return;
    run->held--;
    run->lost++;
    discard(run, login);
    return;
  }
  enum progress progress = advance_login(login);
  if (progress == LOGGED_IN) {
    logged_in(run, login);
    progress = is_held(login) ? WAITING : advance_login(login);
  }
  if (progress == WAITING) return;
  if (progress == FAILED) count_fault(run, login->fault);
  run->in_progress--;
  discard(run, login);
}

static void end_late_ones(struct run *run)
{
  const double now = now_ms();
  for (size_t i = run->open_count; i-- > 0;) {
    struct login *login = run->open[i];
    if (is_held(login) || login->deadline_ms > now) continue;
    if (login->stage == GOODBYE) run->unclosed++;
    else count_fault(run, "timeout");
    run->in_progress--;
    discard(run, login);
  }
}

/* Logs in until `target` logins have been started and none is in progress. */
static void run_to(struct run *run, size_t target)
{
  const struct options *options = &run->options;
  const size_t before = run->started;
  const double began = now_ms();
  double checked = began;
  if (run->first_ms == 0) run->first_ms = began;
  while (run->started < target || run->in_progress > 0) {
    double wait_ms = deadline_check_ms;
    while (run->started < target && run->in_progress < options->concurrency) {
      if (options->rate > 0) {
        const double due = began + (double)(run->started - before) * 1e3 / options->rate - now_ms();
        if (due > 0) {
          if (due < wait_ms) wait_ms = due;
          break;
        }
      }
      start_one(run);
    }
    struct epoll_event events[MAX_EVENTS];
    const int count = epoll_wait(run->epoll, events, MAX_EVENTS, (int)wait_ms + 1);
    for (int i = 0; i < count; i++) advance(run, events[i].data.ptr);
    const double now = now_ms();
    if (now - checked < deadline_check_ms) continue;
    checked = now;
    end_late_ones(run);
  }
}

static int by_value(const void *a, const void *b)
{
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double percentile(const struct run *run, double share)
{
  if (run->succeeded == 0) return 0;
  return run->latencies_ms[(size_t)(share * (double)(run->succeeded - 1) + 0.5)];
}

/* Reasons are ours, OpenSSL's, or names that a server sent. */
static void print_text(const char *text)
{
  putchar('"');
  for (; *text != 0; text++) putchar(*text == '"' || *text == '\\' || *text < ' ' ? '?' : *text);
  putchar('"');
}

static void report(struct run *run)
{
  qsort(run->latencies_ms, run->succeeded, sizeof *run->latencies_ms, by_value);
  const double seconds = (run->last_ms - run->first_ms) / 1e3;
  printf("{\"started\":%zu,\"succeeded\":%zu,\"failed\":%zu,\"failures\":{", run->started, run->succeeded, run->failed);
  for (size_t i = 0; i < MAX_FAULT_KINDS && run->faults[i].count > 0; i++) {
    if (i > 0) putchar(',');
    print_text(run->faults[i].kind);
    printf(":%zu", run->faults[i].count);
  }
  printf("},\"held\":%zu,\"lost\":%zu,\"unclosed\":%zu,\"seconds\":%.3f,\"perSecond\":%.1f,", run->held, run->lost,
         run->unclosed, seconds > 0 ? seconds : 0, seconds > 0 ? (double)run->succeeded / seconds : 0);
  printf("\"p50Ms\":%.3f,\"p99Ms\":%.3f,\"maxMs\":%.3f}\n", percentile(run, 0.5), percentile(run, 0.99),
         percentile(run, 1));
  fflush(stdout);
}

/* Sees to held sessions until a line comes, or the end of stdin; false at the end. */
static int await_line(struct run *run)
{
  struct epoll_event wanted = {.events = EPOLLIN, .data = {.ptr = NULL}};
  epoll_ctl(run->epoll, EPOLL_CTL_ADD, STDIN_FILENO, &wanted);
  char line[64];
  ssize_t count = -1;
  while (count < 0) {
    struct epoll_event events[MAX_EVENTS];
    const int ready = epoll_wait(run->epoll, events, MAX_EVENTS, -1);
    for (int i = 0; i < ready; i++) {
      if (events[i].data.ptr == NULL) count = read(STDIN_FILENO, line, sizeof line);
      else advance(run, events[i].data.ptr);
    }
  }
  epoll_ctl(run->epoll, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
  return count > 0;
}

static void raise_file_limit(void)
{
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
  static struct run run;
  run.options = read_options(argc, argv);
  signal(SIGPIPE, SIG_IGN);
  raise_file_limit();
  const char *fault = read_identities(run.options.certificates, &run.who);
  run.tls = fault == NULL ? create_tls(&run.options) : NULL;
  if (run.tls == NULL) {
    fprintf(stderr, "xmpp-login: %s\n", fault == NULL ? "the CA file cannot be used" : fault);
    return 66;
  }
  const size_t steps = run.options.hold_steps;
  const size_t total = steps > 0 ? run.options.hold[steps - 1] : run.options.logins;
  run.latencies_ms = calloc(total, sizeof *run.latencies_ms);
  run.open = calloc(total + run.options.concurrency, sizeof(struct login *));
  run.epoll = epoll_create1(EPOLL_CLOEXEC);
  if (steps == 0) run_to(&run, total);
  for (size_t i = 0; i < steps; i++) {
    run_to(&run, run.options.hold[i]);
    report(&run);
    if (!await_line(&run)) return 0;
  }
  report(&run);
  return 0;
}
