/** TLS failures in words: one line for the log, without what is OpenSSL's own business. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tlsWords } from '../../src/transport/tls-words.ts'

const opensslLine = (reason: string): string =>
  `40FD21597B7F0000:error:0A0000C1:SSL routines:tls_post_process_client_hello:${reason}:../deps/openssl/openssl/ssl/statem/statem_srvr.c:2361:\n`

const noneInCommon =
  "client and server have no cipher in common: see tls.ciphers, tls.versions and the type of the server's key"

const rows: readonly (readonly [name: string, code: string | null, message: string, words: string])[] = [
  [
    'ciphers that do not meet',
    'ERR_SSL_NO_SHARED_CIPHER',
    opensslLine('no shared cipher'),
    `${noneInCommon} (ERR_SSL_NO_SHARED_CIPHER)`,
  ],
  [
    'ciphers of which none is left',
    'ERR_SSL_NO_CIPHERS_AVAILABLE',
    opensslLine('no ciphers available'),
    "no cipher of tls.ciphers fits tls.versions and the type of the server's key (ERR_SSL_NO_CIPHERS_AVAILABLE)",
  ],
  [
    'an error of OpenSSL without words',
    'ERR_SSL_SOMETHING_NEW',
    opensslLine('something new'),
    'OpenSSL: something new (ERR_SSL_SOMETHING_NEW)',
  ],
  ['an error of OpenSSL without a code', null, opensslLine('something new'), 'OpenSSL: something new'],
  ['another error', 'ETIMEDOUT', 'read ETIMEDOUT', 'read ETIMEDOUT (ETIMEDOUT)'],
  ['another error of several lines', null, 'one\ntwo\n', 'one'],
]

for (const [name, code, message, words] of rows) {
  test(name, () => assert.equal(tlsWords(Object.assign(new Error(message), code === null ? {} : { code })), words))
}
