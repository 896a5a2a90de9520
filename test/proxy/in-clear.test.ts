/** Who may speak HTTP in clear where a port is open to more than the proxies in front of it. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mayComeInClear, type ProxyTerms } from '../../src/listener/entry.ts'
import { createTrustedAddresses } from '../../src/listener/proxy/trusted-addresses.ts'

const trusted = createTrustedAddresses([{ address: '198.51.100.0', bits: 24 }])

const rows: readonly (readonly [address: string | undefined, terms: ProxyTerms | null, may: boolean])[] = [
  ['192.0.2.1', { kind: 'headers', trusted }, false],
  ['::ffff:192.0.2.1', { kind: 'headers', trusted }, false],
  ['2001:db8::1', { kind: 'headers', trusted }, false],
  ['192.0.2.1', null, false],
  [undefined, { kind: 'headers', trusted }, false],
  ['198.51.100.7', { kind: 'headers', trusted }, true],
  ['::ffff:198.51.100.7', { kind: 'headers', trusted }, true],
  ['127.0.0.1', { kind: 'headers', trusted }, true],
  ['::ffff:127.0.0.1', { kind: 'headers', trusted }, true],
  ['::1', null, true],
  // Who is none of the proxies is refused where the header is waited for.
  ['192.0.2.1', { kind: 'protocol', trusted, peers: null }, true],
]

describe('HTTP in clear', () => {
  for (const [remoteAddress, terms, may] of rows) {
    it(`${may ? 'is for' : 'is not for'} ${remoteAddress} (${terms?.kind ?? 'no proxies'})`, () => {
      assert.equal(mayComeInClear({ remoteAddress }, terms), may)
    })
  }
})
