#define _GNU_SOURCE
#include "certificate.h"

#include <dirent.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *text_of_xmpp_addr(const GENERAL_NAME *name)
{
  if (name->type != GEN_OTHERNAME) return NULL;
  const OTHERNAME *other = name->d.otherName;
  char oid[64];
  OBJ_obj2txt(oid, sizeof oid, other->type_id, 1);
  if (strcmp(oid, "1.3.6.1.5.5.7.8.5") != 0 || other->value->type != V_ASN1_UTF8STRING) return NULL;
  const ASN1_STRING *value = other->value->value.utf8string;
  const size_t length = (size_t)ASN1_STRING_length(value);
  /* A NUL inside would make the text end before the name does. */
  if (memchr(ASN1_STRING_get0_data(value), 0, length) != NULL) return NULL;
  return strndup((const char *)ASN1_STRING_get0_data(value), length);
}

char *jid_of_certificate(X509 *certificate)
{
  GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
  char *found = NULL;
  int count = 0;
  for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
    char *text = text_of_xmpp_addr(sk_GENERAL_NAME_value(names, i));
    if (text == NULL) continue;
    count++;
    free(found);
    found = text;
  }
  GENERAL_NAMES_free(names);
  if (count == 1) return found;
  free(found);
  return NULL;
}

static int is_pem(const struct dirent *entry)
{
  const char *dot = strrchr(entry->d_name, '.');
  return dot != NULL && strcmp(dot, ".pem") == 0;
}

static int read_identity(const char *path, struct identity *result)
{
  FILE *file = fopen(path, "r");
  if (file == NULL) return 0;
  result->certificate = PEM_read_X509(file, NULL, NULL, NULL);
  rewind(file);
  result->key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
  fclose(file);
  if (result->certificate == NULL || result->key == NULL) return 0;
  result->jid = jid_of_certificate(result->certificate);
  return result->jid != NULL;
}

const char *read_identities(const char *directory, struct identities *result)
{
  static char fault[4200];
  struct dirent **names = NULL;
  const int count = scandir(directory, &names, is_pem, versionsort);
  if (count <= 0) {
    snprintf(fault, sizeof fault, "no *.pem files in %s", directory);
    return fault;
  }
  result->list = calloc((size_t)count, sizeof *result->list);
  result->count = (size_t)count;
  for (int i = 0; i < count; i++) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, names[i]->d_name);
    if (!read_identity(path, &result->list[i])) {
      snprintf(fault, sizeof fault, "%s: not a certificate with one xmppAddr, and its key", path);
      return fault;
    }
    free(names[i]);
  }
  free(names);
  return NULL;
}
