#include "options.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int usage_code = 64;

static const char usage[] =
    "xmpp-login: logs in to an XMPP server on this machine with client certificates, and counts\n"
    "  --port N            port of the server\n"
    "  --certs DIR         *.pem files, each a certificate with one xmppAddr, and its key; used in turn\n"
    "  --ca FILE           the CA of the server's certificate\n"
    "  --domain NAME       domain to log in to (localhost)\n"
    "  --address A         address of the server, inside 127.0.0.0/8 (127.0.0.1)\n"
    "  --source A          come from this address, inside 127.0.0.0/8\n"
    "  --sources N         and from those after it, N in all (1)\n"
    "  --logins N          how many logins (100)\n"
    "  --concurrency N     at most so many at a time (16)\n"
    "  --rate N            start so many per second (0: one as soon as another ends)\n"
    "  --timeout MS        longest time of one login (20000)\n"
    "  --direct            TLS from the first byte on\n"
    "  --websocket PATH    XMPP over WebSocket, by HTTPS\n"
    "  --bosh PATH         XMPP over BOSH, by HTTPS\n"
    "  --handshake-only    the TLS handshake alone; the server answers it with one byte\n"
    "  --no-certificate    show none\n"
    "  --authzid JID       ask for this JID\n"
    "  --hold N,N,...      keep N sessions, report, wait for a line on stdin, go on to the next N\n";

static void refuse(const char *what)
{
  fprintf(stderr, "xmpp-login: %s\n%s", what, usage);
  exit(usage_code);
}

static double number(const char *name, const char *text, double least, double most)
{
  char *end = NULL;
  const double value = strtod(text, &end);
  if (end == text || *end != 0 || !(value >= least && value <= most)) {
    char what[128];
    snprintf(what, sizeof what, "--%s wants a number from %.0f to %.0f", name, least, most);
    refuse(what);
  }
  return value;
}

static struct in_addr loopback_address(const char *text)
{
  struct in_addr address;
  if (inet_pton(AF_INET, text, &address) != 1) refuse("--address and --source want an IPv4 address");
  /* An instrument for one's own machine: pointed at somebody else's server it would be an attack. */
  if (ntohl(address.s_addr) >> 24 != 127) refuse("--address and --source must be inside 127.0.0.0/8");
  return address;
}

static const char *base64(const char *text)
{
  const size_t length = strlen(text);
  unsigned char *encoded = malloc(length * 4 / 3 + 8);
  EVP_EncodeBlock(encoded, (const unsigned char *)text, (int)length);
  return (const char *)encoded;
}

static void set_hold(struct options *options, const char *text)
{
  char *list = strdup(text);
  for (char *part = strtok(list, ","); part != NULL; part = strtok(NULL, ",")) {
    if (options->hold_steps == MAX_HOLD_STEPS) refuse("--hold has too many steps");
    const size_t target = (size_t)number("hold", part, 1, 1e5);
    if (options->hold_steps > 0 && target <= options->hold[options->hold_steps - 1]) refuse("--hold must ascend");
    options->hold[options->hold_steps++] = target;
  }
  free(list);
}

enum flag { PORT, CERTS, CA, DOMAIN, ADDRESS, SOURCE, SOURCES, LOGINS, CONCURRENCY, RATE, TIMEOUT, DIRECT, WEBSOCKET, BOSH, HANDSHAKE, NO_CERT, AUTHZID, HOLD };

static const struct option flags[] = {
    {"port", required_argument, NULL, PORT},
    {"certs", required_argument, NULL, CERTS},
    {"ca", required_argument, NULL, CA},
    {"domain", required_argument, NULL, DOMAIN},
    {"address", required_argument, NULL, ADDRESS},
    {"source", required_argument, NULL, SOURCE},
    {"sources", required_argument, NULL, SOURCES},
    {"logins", required_argument, NULL, LOGINS},
    {"concurrency", required_argument, NULL, CONCURRENCY},
    {"rate", required_argument, NULL, RATE},
    {"timeout", required_argument, NULL, TIMEOUT},
    {"direct", no_argument, NULL, DIRECT},
    {"websocket", required_argument, NULL, WEBSOCKET},
    {"bosh", required_argument, NULL, BOSH},
    {"handshake-only", no_argument, NULL, HANDSHAKE},
    {"no-certificate", no_argument, NULL, NO_CERT},
    {"authzid", required_argument, NULL, AUTHZID},
    {"hold", required_argument, NULL, HOLD},
    {NULL, 0, NULL, 0},
};

static void set(struct options *options, int flag, const char *text)
{
  switch (flag) {
    case PORT: options->server.sin_port = htons((uint16_t)number("port", text, 1, 65535)); break;
    case CERTS: options->certificates = text; break;
    case CA: options->ca = text; break;
    case DOMAIN: options->domain = text; break;
    case ADDRESS: options->server.sin_addr = loopback_address(text); break;
    case SOURCE: options->source = loopback_address(text); break;
    case SOURCES: options->sources = (size_t)number("sources", text, 1, 250); break;
    case LOGINS: options->logins = (size_t)number("logins", text, 1, 1e7); break;
    case CONCURRENCY: options->concurrency = (size_t)number("concurrency", text, 1, 1e5); break;
    case RATE: options->rate = number("rate", text, 0, 1e6); break;
    case TIMEOUT: options->timeout_ms = number("timeout", text, 1, 1e6); break;
    case DIRECT: options->direct = 1; break;
    case WEBSOCKET: options->websocket = text; options->direct = 1; break;
    case BOSH: options->bosh = text; options->direct = 1; break;
    case HANDSHAKE: options->handshake_only = options->direct = 1; break;
    case NO_CERT: options->no_certificate = 1; break;
    case AUTHZID: options->authzid = base64(text); break;
    case HOLD: set_hold(options, text); break;
    default: refuse("unknown option, or one without its value");
  }
}

struct options read_options(int argc, char **argv)
{
  struct options options = {
      .server = {.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}},
      .domain = "localhost",
      .logins = 100,
      .concurrency = 16,
      .timeout_ms = 20000,
      .authzid = "=",
  };
  opterr = 0;
  for (int flag; (flag = getopt_long(argc, argv, "", flags, NULL)) != -1;) set(&options, flag, optarg);
  if (optind != argc) refuse("arguments without a name");
  if (options.server.sin_port == 0) refuse("--port is needed");
  if (options.source.s_addr == 0 && options.sources > 0) refuse("--sources needs --source");
  if (options.source.s_addr != 0 && options.sources == 0) options.sources = 1;
  if (options.certificates == NULL || options.ca == NULL) refuse("--certs and --ca are needed");
  return options;
}
