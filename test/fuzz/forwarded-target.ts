/**
 * Headers of proxies: no text makes a reader throw or take long, what is read is what a certificate's own writing says, and
 * a stranger's headers never change the channel.
 */

import { hash } from 'node:crypto'
import type { Channel } from '../../src/certificate/channel.ts'
import { createCertificateCache } from '../../src/certificate/facts.ts'
import { findOrigin, parseForwarded, parseForwardedFor } from '../../src/listener/proxy/forwarded-hops.ts'
import { createForwarding, type ForwardTerms } from '../../src/listener/proxy/forwarding.ts'
import {
  type HeaderDialect,
  headerDialects,
  readCertificates,
  usualFields,
} from '../../src/listener/proxy/header-dialects.ts'
import { createTrustedAddresses } from '../../src/listener/proxy/trusted-addresses.ts'
import { validatePath } from '../../src/trust/path-validation.ts'
import { emptyTrustStore } from '../../src/trust/trust-store.ts'
import { base64, byteSequence, flat, nginxEscaped } from '../proxy/writings.ts'
import type { Random } from '../support/pki/random.ts'
import { mutateText, randomOctets } from './mutate.ts'
import { expect, expectQuick, type FuzzTarget, hashOf } from './target.ts'

const vocabulary = [
  ...['%', '%2', '%2B', '%0A', '%00', '%FF', '+', '=', '==', ':', '::', ';', ',', '"', '\\', '\\"', ' ', '\t', '     '],
  ...[
    'Cert=',
    'Chain="',
    'Hash=',
    'URI=',
    'By=',
    'for=',
    'proto=https',
    'proto=http',
    'unknown',
    '_x',
    '[::1]',
    '10.0.0.1',
  ],
  ...['-----BEGIN CERTIFICATE-----', '-----END CERTIFICATE-----', '\n', '\r\n', '(null)', 'é', '\u0000'],
]

/** Most time on the processor for reading one value, milliseconds. */
const quickMs = 50

const trusted = createTrustedAddresses([{ address: '10.0.0.0', bits: 8 }])

/** Fuzzes the dialects, `X-Forwarded-For`, `Forwarded`, and the channel that is made of them. */
export function createForwardedTarget(): FuzzTarget {
  const parts = {
    verifyMode: 'peer',
    trust: emptyTrustStore,
    certificates: createCertificateCache(64),
    validate: validatePath,
    now: Date.now,
  } as const
  const termsOf = (dialect: HeaderDialect): ForwardTerms => {
    const fields = dialect === 'plain' ? { certificate: 'x-cert', chain: null, verify: null } : usualFields[dialect]
    return { trusted, addressField: 'x-forwarded-for', certificate: { dialect, fields, parts } }
  }
  const readers = headerDialects.map((dialect) => ({
    dialect,
    terms: termsOf(dialect),
    read: createForwarding(termsOf(dialect)),
  }))
  return {
    name: 'forwarded',
    quickInputs: 10_000,
    longShare: 100_000,
    generate,
    check: (input) => {
      const value = Buffer.from(input).toString('latin1')
      for (const dialect of headerDialects) checkDialect(dialect, value)
      checkHops(value)
      const { dialect, terms, read } = readers[hashOf(input) % readers.length] ?? readers[0] ?? never()
      const name = terms.certificate?.fields.certificate ?? ''
      const rawHeaders = [name, value, 'X-Forwarded-Proto', 'https']
      const stranger = read({ rawHeaders }, connectionFrom('192.0.2.7'))
      expect(!stranger.ok && stranger.error.status === 403, 'a stranger is believed')
      const proxy = read({ rawHeaders }, connectionFrom('10.0.0.1'))
      if (!proxy.ok) return expect(proxy.error.status === 400, 'another status')
      const { peer, forwarded, bindings } = proxy.value
      expect(forwarded?.dialect === dialect && bindings === undefined, 'a channel that does not say where it is from')
      // No CA is trusted here.
      expect(peer.kind !== 'certificate' || peer.chain.kind !== 'trusted', 'trusted by nobody')
    },
    settle: async () => [],
    [Symbol.asyncDispose]: async () => undefined,
  }
}

function never(): never {
  throw new TypeError('no dialects')
}

function connectionFrom(address: string): Channel {
  return { transport: 'bosh', remote: `${address}:1`, tls: null, peer: { kind: 'none' } }
}

function checkDialect(dialect: HeaderDialect, value: string): void {
  const read = expectQuick(quickMs, () => readCertificates(dialect, value, []))
  if (!read.ok || read.value === null) return
  expect(read.value.length > 0, 'no certificate, and no refusal')
  // Some writing of the same bytes stands in the value: nothing is made up.
  const plain = value
    .replaceAll(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll(/\s/g, '')
  for (const der of read.value) expect(plain.includes(base64(der)), `${dialect}: bytes that nobody wrote`)
}

const hopReaders = [
  { parse: parseForwardedFor, forged: '192.0.2.66' },
  { parse: parseForwarded, forged: 'for=192.0.2.66' },
]

function checkHops(value: string): void {
  for (const { parse, forged } of hopReaders) {
    const elements = expectQuick(quickMs, () => parse([value]))
    const origin = elements.ok ? findOrigin(elements.value, trusted.includes) : elements
    const client = origin.ok ? origin.value.client : null
    if (client === null || trusted.includes(client.address)) continue
    // What stands left of the origin may be invented, and changes nothing.
    const longer = parse([forged, value])
    const again = longer.ok ? findOrigin(longer.value, trusted.includes) : longer
    expect(again.ok && again.value.client?.address === client.address, 'an invented hop counts')
  }
}

function generate(random: Random): Uint8Array {
  const der = Buffer.concat([Buffer.from([0x30, 0x20]), Buffer.alloc(32, random.below(256))])
  const bytes = random.chance(0.5) ? der : randomOctets(random, 60)
  const writings = [
    () => byteSequence(bytes),
    () => nginxEscaped(bytes),
    () => base64(bytes),
    () => `Hash=${hash('sha256', bytes)};Cert="${nginxEscaped(bytes)}";URI=spiffe://x`,
    () => `Chain="${nginxEscaped(bytes)}";By="a,b;c"`,
    () => `${base64(bytes)},${base64(der)}`,
    () => flat(bytes),
    () => 'for=192.0.2.60;proto=https;by=203.0.113.43, for="[2001:db8::1]:4711"',
    () => '192.0.2.7, 10.0.0.1, [2001:db8::1]:80',
  ]
  const text = random.pick(writings)()
  return Buffer.from(random.chance(0.3) ? text : mutateText(random, text, vocabulary), 'latin1')
}
