/** Everything that can be wrong in a listener's options: each row names the place, the rule and the sentence. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createFolder, errorsOf, goodConfig, goodTls, loadIn, short, warningsOf } from './support.ts'

/** A line of the one listener, and what is found. */
interface ListenerRow {
  readonly line: string
  readonly at: string
  readonly says: RegExp
  readonly suggestion?: string
  readonly severity?: 'warning'
}

const number = (key: string, min: number, max: number, unit = ''): ListenerRow[] => [
  {
    line: `${key} = ${min - 1}`,
    at: `5:${key.length + 4} bad-value listen.c2s.${key}`,
    says: new RegExp(`^must be a whole number from ${min} to ${max}${unit}, not ${min - 1}$`),
  },
  {
    line: `${key} = ${max + 1}`,
    at: `5:${key.length + 4} bad-value listen.c2s.${key}`,
    says: new RegExp(`^must be a whole number from ${min} to ${max}${unit}, not ${max + 1}$`),
  },
  { line: `${key} = 1.5`, at: `5:${key.length + 4} bad-value listen.c2s.${key}`, says: /, not 1\.5$/ },
  { line: `${key} = "many"`, at: `5:${key.length + 4} bad-value listen.c2s.${key}`, says: /, not "many"$/ },
]

const infinite = (key: string, ceiling: string): ListenerRow => ({
  line: `${key} = "infinity"`,
  at: `5:${key.length + 4} limited listen.c2s.${key}`,
  says: new RegExp(`^nothing in Signet is unlimited: "infinity" is taken as ${ceiling}$`),
  severity: 'warning',
})

/** Each line stands alone in line 5, before `port` and `tls`. */
const rows: readonly ListenerRow[] = [
  ...number('backlog', 1, 65_535, ' \\(connections\\)'),
  ...number('max_connections', 1, 1_000_000, ' \\(connections\\)'),
  ...number('max_connections_per_address', 1, 1_000_000, ' \\(connections\\)'),
  ...number('max_stanza_size', 10_000, 4_194_304, ' \\(bytes\\)'),
  ...number('state_timeout', 100, 600_000, ' \\(milliseconds\\)'),
  ...number('login_timeout', 100, 3_600_000, ' \\(milliseconds\\)'),
  ...number('max_login_attempts', 1, 10, ' \\(attempts\\)'),
  infinite('max_connections', '1000000 connections'),
  infinite('max_connections_per_address', '1000000 connections'),
  infinite('max_stanza_size', '4194304 bytes'),
  infinite('state_timeout', '600000 milliseconds'),
  { line: 'login_timeout = "infinity"', at: '5:17 bad-value listen.c2s.login_timeout', says: /not "infinity"$/ },
  {
    line: 'ip_address = "localhost"',
    at: '5:14 bad-value listen.c2s.ip_address',
    says: /an IPv4 or IPv6 address, not "localhost"/,
  },
  { line: 'ip_version = 5', at: '5:14 bad-value listen.c2s.ip_version', says: /must be one of 4, 6, not 5/ },
  {
    line: 'ip_address = "::1"\nip_version = 4',
    at: '6:14 conflict listen.c2s.ip_version',
    says: /is 4, but `ip_address` is an IPv6 address/,
  },
  { line: 'proto = "udp"', at: '5:9 bad-value listen.c2s.proto', says: /must be one of "tcp", not "udp"/ },
  { line: 'reuse_port = 1', at: '5:14 bad-value listen.c2s.reuse_port', says: /must be true or false, not 1/ },
  {
    line: 'access = "c2s"',
    at: '5:1 not-yet listen.c2s.access',
    says: /has no access rules; remove it, or set it to "all"/,
  },
  {
    line: 'shaper = "normal"',
    at: '5:1 not-yet listen.c2s.shaper',
    says: /has no traffic shapers; remove it, or set it to "none"/,
  },
  {
    line: 'proxy_protocol = true',
    at: '5:18 conflict listen.c2s.proxy_protocol',
    says: /is true, and no `trusted_proxies` says from which addresses that is believed/,
  },
  {
    line: 'num_acceptors = 100',
    at: '5:1 no-meaning listen.c2s.num_acceptors',
    says: /has no meaning in Signet/,
    severity: 'warning',
  },
  {
    line: 'hibernate_after = 0',
    at: '5:1 no-meaning listen.c2s.hibernate_after',
    says: /has no meaning in Signet/,
    severity: 'warning',
  },
  {
    line: 'allowed_auth_methods = ["jwt"]',
    at: '5:25 not-yet listen.c2s.allowed_auth_methods',
    says: /has no JSON Web Token backend \("jwt"\); take "jwt" out of the list/,
  },
  {
    line: 'allowed_auth_methods = ["pki", "pki"]',
    at: '5:24 bad-value listen.c2s.allowed_auth_methods',
    says: /each once, not this list/,
  },
  {
    line: 'adress = "::"',
    at: '5:1 unknown-key listen.c2s.adress',
    says: /^is not an option of `listen\.c2s`$/,
    suggestion: '"ip_address"',
  },
  {
    line: 'max-stanza-size = 20000',
    at: '5:1 unknown-key listen.c2s.max-stanza-size',
    says: /is not an option/,
    suggestion: '"max_stanza_size"',
  },
  {
    line: 'certfile = "server.pem"',
    at: '5:1 unknown-key listen.c2s.certfile',
    says: /it belongs in `listen\.c2s\.tls`$/,
  },
  { line: 'weather = 1', at: '5:1 unknown-key listen.c2s.weather', says: /options there: port, ip_address/ },
  { line: '__proto__ = 1', at: '5:1 unknown-key listen.c2s.__proto__', says: /is not an option/ },
  { line: 'constructor = 1', at: '5:1 unknown-key listen.c2s.constructor', says: /is not an option/ },
  {
    line: 'tls.mode = "startls"',
    at: '5:12 bad-value listen.c2s.tls.mode',
    says: /must be one of "tls", "starttls", "starttls_required", not "startls"/,
    suggestion: '"starttls"',
  },
  {
    line: 'tls.verify_mode = "pear"',
    at: '5:19 bad-value listen.c2s.tls.verify_mode',
    says: /not "pear"/,
    suggestion: '"peer"',
  },
  {
    line: 'tls.verify_mode = "peer"\ntls.verify_peer = true',
    at: '6:5 duplicate listen.c2s.tls.verify_peer',
    says: /keep only `verify_mode`/,
  },
  {
    line: 'tls.module = "just_tls"',
    at: '5:5 removed listen.c2s.tls.module',
    says: /MongooseIM 6\.4\.0 removed its choice of TLS modules/,
  },
  {
    line: 'tls.protocol_options = ["no_sslv3"]',
    at: '5:5 removed listen.c2s.tls.protocol_options',
    says: /with `versions`/,
  },
  {
    line: 'tls.crl_files = ["ca.crl"]',
    at: '5:5 not-yet listen.c2s.tls.crl_files',
    says: /has no certificate revocation lists; remove it/,
  },
  {
    line: 'tls.session_tickets = "stateless"',
    at: '5:5 not-yet listen.c2s.tls.session_tickets',
    says: /has no TLS session tickets/,
  },
  { line: 'tls.early_data = true', at: '5:5 not-yet listen.c2s.tls.early_data', says: /has no TLS early data/ },
  {
    line: 'tls.versions = ["tlsv1.1"]',
    at: '5:17 not-yet listen.c2s.tls.versions',
    says: /TLS 1\.1, which has been removed everywhere/,
  },
  { line: 'tls.versions = []', at: '5:16 bad-value listen.c2s.tls.versions', says: /not an empty list/ },
  {
    line: 'tls.versions = "tlsv1.3"',
    at: '5:16 bad-value listen.c2s.tls.versions',
    says: /must be a list/,
    suggestion: '["tlsv1.3"]',
  },
  {
    line: 'tls.ciphers = "HIGH:BOGUS"',
    at: '5:15 bad-value listen.c2s.tls.ciphers',
    says: /every part names a cipher, not "HIGH:BOGUS"/,
  },
  { line: 'tls.ciphers = ""', at: '5:15 bad-value listen.c2s.tls.ciphers', says: /not an empty text/ },
  { line: 'tls.ciphers = ["HIGH"]', at: '5:15 bad-value listen.c2s.tls.ciphers', says: /not this list/ },
  {
    line: 'tls.dhfile = "nowhere.pem"',
    at: '5:14 file-unreadable listen.c2s.tls.dhfile',
    says: /the file "nowhere\.pem", looked for as .*nowhere\.pem, does not exist/,
  },
  { line: 'tls.dhfile = "."', at: '5:14 file-unreadable listen.c2s.tls.dhfile', says: /is a folder, not a file/ },
  {
    line: 'tls.handshake_timeout = 0',
    at: '5:25 bad-value listen.c2s.tls.handshake_timeout',
    says: /from 100 to 120000 \(milliseconds\), not 0/,
  },
  {
    line: 'tls.sni = [{ host = "a b", certfile = "server.pem" }]',
    at: '5:21 bad-value listen.c2s.tls.sni.host',
    says: /must be a domain name, not "a b"/,
  },
  {
    line: 'tls.sni = [{ certfile = "server.pem" }]',
    at: '5:12 missing listen.c2s.tls.sni.host',
    says: /is missing: it must be a domain name/,
  },
  {
    line: 'tls.sni = [{ host = "a.org" }]',
    at: '5:12 missing listen.c2s.tls.sni.certfile',
    says: /has no certificate/,
  },
]

describe('problems of one listener', () => {
  for (const { line, at, says, suggestion, severity } of rows) {
    test(line.replace('\n', ' and '), () => {
      using folder = createFolder()
      const text = `[general]\nhosts = ["localhost"]\n\n[[listen.c2s]]\n${line}\n${goodTls}`
      const result = loadIn(folder, text)
      const found = severity === 'warning' ? warningsOf(result) : errorsOf(result)
      assert.deepEqual(found.map(short), [at])
      assert.match(found[0]?.message ?? '', says)
      assert.equal(found[0]?.suggestion, suggestion)
      assert.equal(result.ok, severity === 'warning')
    })
  }

  test('harmless values of absent features are taken without a word', () => {
    using folder = createFolder()
    const lines = 'tls.early_data = false\naccess = "all"\nshaper = "none"\nproxy_protocol = false\n'
    const result = loadIn(folder, goodConfig(lines))
    assert.deepEqual([...errorsOf(result), ...warningsOf(result)], [])
  })
})
