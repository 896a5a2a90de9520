"""Judges certificate chains with the libcrypto of this machine, as a TLS server judges its clients'.

Reads one JSON object a line, {"trusted": [DER in base64], "sent": [DER in base64, leaf first]}, and answers each with
a line: {"read": whether the leaf could be read, "errors": [numbers of X509_V_ERR_*, in the order found]}. The first
line out, before any in, is the version of OpenSSL. The settings are those of `openssl verify -purpose sslclient
-auth_level 2`, but that it looks for every error instead of ending at the first. A certificate beside the leaf that
cannot be read is left out.
"""

import base64
import ctypes
import json
import sys

PURPOSE_SSL_CLIENT = 1
SECURITY_LEVEL = 2

libcrypto = ctypes.CDLL("libcrypto.so.3")
POINTER = ctypes.c_void_p
CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, POINTER)


def function(name, result, *arguments):
    found = getattr(libcrypto, name)
    found.restype = result
    found.argtypes = arguments
    return found


version = function("OpenSSL_version", ctypes.c_char_p, ctypes.c_int)
d2i_x509 = function("d2i_X509", POINTER, POINTER, ctypes.POINTER(ctypes.c_char_p), ctypes.c_long)
x509_free = function("X509_free", None, POINTER)
clear_errors = function("ERR_clear_error", None)
stack_new = function("OPENSSL_sk_new_null", POINTER)
stack_push = function("OPENSSL_sk_push", ctypes.c_int, POINTER, POINTER)
stack_free = function("OPENSSL_sk_free", None, POINTER)
store_new = function("X509_STORE_new", POINTER)
store_free = function("X509_STORE_free", None, POINTER)
store_add = function("X509_STORE_add_cert", ctypes.c_int, POINTER, POINTER)
context_new = function("X509_STORE_CTX_new", POINTER)
context_free = function("X509_STORE_CTX_free", None, POINTER)
context_init = function("X509_STORE_CTX_init", ctypes.c_int, POINTER, POINTER, POINTER, POINTER)
context_default = function("X509_STORE_CTX_set_default", ctypes.c_int, POINTER, ctypes.c_char_p)
context_param = function("X509_STORE_CTX_get0_param", POINTER, POINTER)
context_error = function("X509_STORE_CTX_get_error", ctypes.c_int, POINTER)
set_callback = function("X509_STORE_CTX_set_verify_cb", None, POINTER, CALLBACK)
set_purpose = function("X509_VERIFY_PARAM_set_purpose", ctypes.c_int, POINTER, ctypes.c_int)
set_level = function("X509_VERIFY_PARAM_set_auth_level", None, POINTER, ctypes.c_int)
verify = function("X509_verify_cert", ctypes.c_int, POINTER)

errors = []


@CALLBACK
def note(is_good, context):
    if not is_good:
        errors.append(context_error(context))
    return 1


def parse(text):
    der = base64.b64decode(text)
    position = ctypes.c_char_p(der)
    begin = ctypes.cast(position, POINTER).value
    certificate = d2i_x509(None, ctypes.byref(position), len(der))
    if certificate and ctypes.cast(position, POINTER).value - begin != len(der):
        # TLS takes no certificate with octets behind it.
        x509_free(certificate)
        return None
    return certificate


def judge(chain):
    leaf, *extra = [parse(text) for text in chain["sent"]]
    trusted = [parse(text) for text in chain["trusted"]]
    sent = [certificate for certificate in [leaf, *extra] if certificate]
    if not leaf:
        for certificate in [*sent, *filter(None, trusted)]:
            x509_free(certificate)
        return {"read": False, "errors": []}
    store, untrusted, context = store_new(), stack_new(), context_new()
    for certificate in filter(None, trusted):
        store_add(store, certificate)
    for certificate in sent:
        stack_push(untrusted, certificate)
    context_init(context, store, leaf, untrusted)
    context_default(context, b"ssl_client")
    set_purpose(context_param(context), PURPOSE_SSL_CLIENT)
    set_level(context_param(context), SECURITY_LEVEL)
    set_callback(context, note)
    errors.clear()
    if verify(context) != 1 and not errors:
        errors.append(context_error(context))
    context_free(context)
    store_free(store)
    stack_free(untrusted)
    for certificate in [*sent, *filter(None, trusted)]:
        x509_free(certificate)
    clear_errors()
    return {"read": True, "errors": list(errors)}


print(version(0).decode(), flush=True)
for line in sys.stdin:
    print(json.dumps(judge(json.loads(line))), flush=True)
