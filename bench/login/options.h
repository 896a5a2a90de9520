/* The command line of the load generator. */
#ifndef SIGNET_BENCH_OPTIONS_H
#define SIGNET_BENCH_OPTIONS_H

#include <netinet/in.h>
#include <stddef.h>

/* Most steps that --hold can have. */
#define MAX_HOLD_STEPS 8

struct options {
  struct sockaddr_in server;
  /* Logins come in turn from so many addresses, this one and those after it; 0 leaves the choice to the kernel. */
  struct in_addr source;
  size_t sources;
  const char *domain;
  const char *certificates;
  /* The CA that the server's certificate must come from. */
  const char *ca;
  size_t logins;
  size_t concurrency;
  /* Logins started per second; 0 starts one whenever another ends. */
  double rate;
  /* How long one login, and one goodbye, may take. */
  double timeout_ms;
  int direct;
  /* Path of the WebSocket; NULL for TCP. */
  const char *websocket;
  /* Path of BOSH; NULL for anything else. */
  const char *bosh;
  int handshake_only;
  int no_certificate;
  /* What <auth/> holds: base64, or "=" for no authorization identity. */
  const char *authzid;
  /* Sessions to be held at each step, ascending; none means that each login says goodbye. */
  size_t hold[MAX_HOLD_STEPS];
  size_t hold_steps;
};

/* Reads the command line; on a fault says it on stderr and exits with 64. Refuses addresses outside 127.0.0.0/8. */
struct options read_options(int argc, char **argv);

#endif
