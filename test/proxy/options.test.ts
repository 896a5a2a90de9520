/** Options of listeners behind proxies: contradictions are errors at every line that takes part in them. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loadCheckedOptions } from '../../src/lint.ts'
import type { ProxyOptions } from '../../src/listener/proxy/options.ts'
import type { ConfigProblem } from '../../src/options.ts'
import { loadOptions } from '../../src/options.ts'
import { createFolder, errorsOf, warningsOf } from '../config/support.ts'

const tls = 'tls = { certfile = "server.pem", keyfile = "server.key", cacertfile = "ca.pem" }'
const bosh = 'handlers = { mongoose_bosh_handler = [{ path = "/http-bind" }] }'

/** The listener's lines begin at line 4. */
const c2s = (...lines: string[]) => ['[general]', 'hosts = ["example.org"]', '[[listen.c2s]]', ...lines, ''].join('\n')
const http = (...lines: string[]) =>
  ['[general]', 'hosts = ["example.org"]', '[[listen.http]]', ...lines, bosh, ''].join('\n')

function load(text: string) {
  using folder = createFolder()
  for (const name of ['server.pem', 'server.key', 'ca.pem']) folder.write(name, '')
  return loadOptions({ path: `${folder.path}/signet.toml`, text })
}

const brief = (problems: readonly ConfigProblem[]) =>
  problems.map(({ line, column, rule, path }) => `${line}:${column} ${rule} ${path}`)

const on = 'proxy_protocol = true'
const here = 'trusted_proxies = ["127.0.0.1"]'
const inHeaders = 'forwarded_certificate = { dialect = "nginx", cacertfile = "ca.pem" }'
const inProxy = 'forwarded_certificate = { dialect = "proxy_v2", cacertfile = "ca.pem" }'

describe('options of proxies: refused', () => {
  const rows: readonly (readonly [what: string, text: string, errors: readonly string[]])[] = [
    ['proxy_protocol without trusted_proxies', c2s(on, tls), ['4:18 conflict listen.c2s.proxy_protocol']],
    [
      'forwarded_certificate without trusted_proxies',
      http(inHeaders),
      ['4:25 conflict listen.http.forwarded_certificate'],
    ],
    ['trusted_proxies that change nothing', c2s(here, tls), ['4:19 conflict listen.c2s.trusted_proxies']],
    [
      'every IPv4 address',
      c2s(on, 'trusted_proxies = ["0.0.0.0/0"]', tls),
      ['5:20 conflict listen.c2s.trusted_proxies'],
    ],
    [
      'every IPv6 address',
      c2s(on, 'trusted_proxies = ["10.0.0.1", "::/0"]', tls),
      ['5:32 conflict listen.c2s.trusted_proxies'],
    ],
    [
      'a name for an address',
      c2s(on, 'trusted_proxies = ["proxy.example"]', tls),
      ['5:20 bad-value listen.c2s.trusted_proxies'],
    ],
    [
      'bits behind the prefix',
      c2s(on, 'trusted_proxies = ["10.1.2.3/8"]', tls),
      ['5:20 bad-value listen.c2s.trusted_proxies'],
    ],
    ['no proxy at all', c2s(on, 'trusted_proxies = []', tls), ['5:19 bad-value listen.c2s.trusted_proxies']],
    [
      'headers on the client port',
      c2s(on, here, inHeaders),
      ['6:37 conflict listen.c2s.forwarded_certificate.dialect'],
    ],
    [
      'headers behind a PROXY header',
      http(on, here, inHeaders),
      ['4:18 conflict listen.http.proxy_protocol', '6:37 conflict listen.http.forwarded_certificate.dialect'],
    ],
    ['fields of PROXY without PROXY', http(here, inProxy), ['5:37 conflict listen.http.forwarded_certificate.dialect']],
    [
      'TLS at the proxy and here',
      c2s(on, here, inProxy, tls),
      ['6:37 conflict listen.c2s.forwarded_certificate.dialect', '7:7 conflict listen.c2s.tls'],
    ],
    [
      'an address in headers behind a PROXY header',
      http(on, here, 'forwarded_address = "forwarded"', tls),
      ['6:21 conflict listen.http.forwarded_address'],
    ],
    [
      'an address in headers of nobody',
      http('forwarded_address = "forwarded"', tls),
      ['4:21 conflict listen.http.forwarded_address'],
    ],
    [
      'an address in headers on the client port',
      c2s('forwarded_address = "forwarded"', tls),
      ['4:1 unknown-key listen.c2s.forwarded_address'],
    ],
    [
      'no dialect',
      http(here, 'forwarded_certificate = { cacertfile = "ca.pem" }'),
      ['5:1 missing listen.http.forwarded_certificate.dialect'],
    ],
    [
      'an unknown dialect',
      http(here, 'forwarded_certificate = { dialect = "ngnix", cacertfile = "ca.pem" }'),
      ['5:37 bad-value listen.http.forwarded_certificate.dialect'],
    ],
    [
      'no CA',
      http(here, 'forwarded_certificate = { dialect = "nginx" }'),
      ['5:1 missing listen.http.forwarded_certificate.cacertfile'],
    ],
    [
      'a CA file that is not there',
      http(here, 'forwarded_certificate = { dialect = "nginx", cacertfile = "x.pem" }'),
      ['5:59 file-unreadable listen.http.forwarded_certificate.cacertfile'],
    ],
    [
      'plain without a header',
      http(here, 'forwarded_certificate = { dialect = "plain", cacertfile = "ca.pem" }'),
      ['5:1 missing listen.http.forwarded_certificate.header'],
    ],
    [
      'a header that is none',
      http(here, 'forwarded_certificate = { dialect = "plain", header = "a b", cacertfile = "ca.pem" }'),
      ['5:55 bad-value listen.http.forwarded_certificate.header'],
    ],
    [
      'a header for the PROXY protocol',
      c2s(on, here, 'forwarded_certificate = { dialect = "proxy_v2", header = "X", cacertfile = "ca.pem" }'),
      ['6:58 conflict listen.c2s.forwarded_certificate.header'],
    ],
    [
      'a chain that the dialect does not have',
      http(here, 'forwarded_certificate = { dialect = "nginx", chain_header = "X", cacertfile = "ca.pem" }'),
      ['5:61 conflict listen.http.forwarded_certificate.chain_header'],
    ],
    [
      'a verdict that the dialect does not have',
      http(here, 'forwarded_certificate = { dialect = "envoy", verify_header = "X", cacertfile = "ca.pem" }'),
      ['5:62 conflict listen.http.forwarded_certificate.verify_header'],
    ],
    [
      'one header for two things',
      http(
        here,
        'forwarded_certificate = { dialect = "nginx", header = "x-ssl-client-verify", cacertfile = "ca.pem" }',
      ),
      ['5:55 duplicate listen.http.forwarded_certificate.header'],
    ],
    ['HTTP in clear for everybody', http('ip_address = "0.0.0.0"'), ['3:10 missing listen.http.tls']],
  ]
  for (const [what, text, errors] of rows) {
    it(what, () => assert.deepEqual(brief(errorsOf(load(text))), errors))
  }

  it('what may have been meant is said', () => {
    const result = load(c2s(on, 'trusted_proxies = ["10.1.2.3/8"]', tls))
    assert.equal(!result.ok && result.error.problems[0]?.suggestion, '"10.0.0.0/8"')
  })

  it('both sides of a contradiction name each other', () => {
    const result = load(http(on, here, inHeaders))
    const messages = result.ok ? [] : result.error.problems.map(({ message }) => message)
    assert.match(messages[0] ?? '', /forwarded_certificate\.dialect = "nginx"/)
    assert.match(messages[1] ?? '', /proxy_protocol = true/)
  })
})

describe('options of proxies: files', () => {
  it('a file of CAs that is none is found before the start', () => {
    using folder = createFolder()
    folder.write('junk.pem', 'junk')
    const text = http(here, 'forwarded_certificate = { dialect = "nginx", cacertfile = "junk.pem" }')
    const result = loadCheckedOptions({ path: `${folder.path}/signet.toml`, text }, Date.now())
    assert.deepEqual(brief(errorsOf(result)), ['5:59 trust-unusable listen.http.forwarded_certificate.cacertfile'])
  })

  it('anybody as anybody is warned of', () => {
    using folder = createFolder()
    const lines =
      'forwarded_certificate = { dialect = "nginx", cacertfile = "ca.pem", verify_mode = "selfsigned_peer" }'
    const result = loadCheckedOptions({ path: `${folder.path}/signet.toml`, text: http(here, lines) }, Date.now())
    assert.deepEqual(brief(warningsOf(result)), ['5:83 anyone-as-anyone listen.http.forwarded_certificate.verify_mode'])
  })
})

describe('options of proxies: taken', () => {
  const proxyOf = (text: string): ProxyOptions | null => {
    const result = load(text)
    assert.deepEqual(errorsOf(result), [])
    if (!result.ok) return null
    const {
      c2s: [tcp],
      http: [web],
    } = result.value.options
    return (tcp ?? web)?.proxy ?? null
  }

  it('nobody, unless said', () => assert.equal(proxyOf(c2s(tls)), null))

  it('PROXY before TLS of our own', () => {
    const trusted = [
      { address: '127.0.0.1', bits: 32 },
      { address: '2001:db8::', bits: 32 },
    ]
    const proxy = proxyOf(c2s(on, 'trusted_proxies = ["127.0.0.1", "2001:db8::/32"]', tls))
    assert.deepEqual(proxy, { trusted, protocol: true, addressField: null, certificate: null })
  })

  it('the fields of PROXY, on both kinds of port', () => {
    for (const text of [c2s(on, here, inProxy), http(on, here, inProxy)]) {
      const certificate = proxyOf(text)?.certificate
      assert.deepEqual(certificate?.dialect, { kind: 'proxy-v2' })
      assert.equal(certificate?.verifyMode, 'peer')
      assert.equal(certificate?.disconnectOnFailure, true)
      assert.match(certificate?.cacertfile ?? '', /\/ca\.pem$/)
    }
  })

  it('headers by the names of the dialect, or others', () => {
    assert.deepEqual(proxyOf(http(here, inHeaders))?.certificate?.dialect, {
      kind: 'headers',
      name: 'nginx',
      fields: { certificate: 'x-ssl-client-cert', chain: null, verify: 'x-ssl-client-verify' },
    })
    const own =
      'forwarded_certificate = { dialect = "rfc9440", header = "X-A", chain_header = "X-B", cacertfile = "ca.pem" }'
    assert.deepEqual(proxyOf(http(here, own))?.certificate?.dialect, {
      kind: 'headers',
      name: 'rfc9440',
      fields: { certificate: 'x-a', chain: 'x-b', verify: null },
    })
  })

  it('the CAs of the TLS section, where the headers have none of their own', () => {
    const proxy = proxyOf(http(here, 'forwarded_certificate = { dialect = "rfc9440" }', tls))
    assert.match(proxy?.certificate?.cacertfile ?? '', /\/ca\.pem$/)
    assert.equal(proxy?.addressField, 'x-forwarded-for')
  })

  it('HTTP in clear on any address, behind proxies', () => {
    assert.deepEqual(proxyOf(http('ip_address = "0.0.0.0"', here))?.certificate, null)
  })

  it('no CA where nobody looks at certificates', () => {
    const proxy = proxyOf(
      c2s(on, here, 'certificate_policy = "disable"', 'forwarded_certificate = { dialect = "proxy_v2" }'),
    )
    assert.equal(proxy?.certificate?.verifyMode, 'none')
  })

  it('very wide ranges, with a warning', () => {
    const wide = load(c2s(on, 'trusted_proxies = ["10.0.0.0/7", "2000::/15"]', tls))
    assert.deepEqual(brief(warningsOf(wide)), [
      '5:20 anyone-as-anyone listen.c2s.trusted_proxies',
      '5:34 anyone-as-anyone listen.c2s.trusted_proxies',
    ])
    assert.deepEqual(warningsOf(load(c2s(on, 'trusted_proxies = ["10.0.0.0/8", "2001::/16"]', tls))), [])
  })
})
