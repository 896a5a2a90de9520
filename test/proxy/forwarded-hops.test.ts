/** Where a request came from: the right-most hop that is no trusted proxy. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findOrigin, parseForwarded, parseForwardedFor } from '../../src/listener/proxy/forwarded-hops.ts'
import { createTrustedAddresses } from '../../src/listener/proxy/trusted-addresses.ts'

const { includes } = createTrustedAddresses([
  { address: '10.0.0.0', bits: 8 },
  { address: '2001:db8:f::', bits: 48 },
])

/** The client's `address port`, `nobody` where nobody says, or the code of the refusal. */
function originOf(field: 'for' | 'forwarded', values: readonly string[]): string {
  const elements = field === 'for' ? parseForwardedFor(values) : parseForwarded(values)
  if (!elements.ok) return elements.error.code
  const origin = findOrigin(elements.value, includes)
  if (!origin.ok) return origin.error.code
  const { client } = origin.value
  return client === null ? 'nobody' : `${client.address} ${client.port}`
}

const rows: readonly (readonly [field: 'for' | 'forwarded', values: readonly string[], origin: string])[] = [
  ['for', ['192.0.2.7'], '192.0.2.7 0'],
  ['for', ['192.0.2.7:40000'], '192.0.2.7 40000'],
  ['for', ['2001:db8::7'], '2001:db8::7 0'],
  ['for', ['[2001:db8::7]:40000'], '2001:db8::7 40000'],
  ['for', ['[2001:DB8:0::7]'], '2001:db8::7 0'],
  ['for', ['::ffff:192.0.2.7'], '192.0.2.7 0'],
  ['for', ['203.0.113.66, 192.0.2.7'], '192.0.2.7 0'],
  ['for', ['203.0.113.66', '192.0.2.7'], '192.0.2.7 0'],
  ['for', ['192.0.2.7', '10.1.1.1'], '192.0.2.7 0'],
  ['for', ['junk, 192.0.2.7,10.1.1.1 ,\t2001:db8:f::1'], '192.0.2.7 0'],
  ['for', ['10.0.0.9, 10.0.0.8'], '10.0.0.9 0'],
  ['for', ['unknown'], 'nobody'],
  ['for', ['192.0.2.7, unknown'], 'nobody'],
  ['for', ['192.0.2.7, unknown, 10.0.0.1'], 'nobody'],
  ['for', [''], 'forwarded-malformed'],
  ['for', ['192.0.2.7,'], 'forwarded-malformed'],
  ['for', ['192.0.2.7, junk'], 'forwarded-malformed'],
  ['for', ['192.0.2.7, 10.0.0.1:x'], 'forwarded-malformed'],
  ['for', ['192.0.2.7:65536'], 'forwarded-malformed'],
  ['for', ['192.0.2.256'], 'forwarded-malformed'],
  ['for', ['[192.0.2.7]'], 'forwarded-malformed'],
  ['for', ['"192.0.2.7"'], 'forwarded-malformed'],
  ['for', ['fe80::1%eth0'], 'forwarded-malformed'],
  ['for', ['client.example'], 'forwarded-malformed'],
  ['for', [Array.from({ length: 17 }, () => '10.0.0.1').join(',')], 'forwarded-too-long'],
  ['for', [`${'x,'.repeat(2048)}192.0.2.7`], 'forwarded-too-long'],
  ['forwarded', ['for=192.0.2.7'], '192.0.2.7 0'],
  ['forwarded', ['For="[2001:db8::7]:40000";proto=https;by=203.0.113.43'], '2001:db8::7 40000'],
  ['forwarded', ['for=203.0.113.66;proto=http, for=192.0.2.7;proto=https;host="a, b; c"'], '192.0.2.7 0'],
  ['forwarded', ['for=192.0.2.7', 'proto=https;for=10.0.0.1'], '192.0.2.7 0'],
  ['forwarded', ['for="192.0.2.\\7"'], '192.0.2.7 0'],
  ['forwarded', ['for=unknown'], 'nobody'],
  ['forwarded', ['for=_hidden, for=10.0.0.1'], 'nobody'],
  ['forwarded', ['for="_SEVKISEK:_7"'], 'nobody'],
  ['forwarded', ['proto=https'], 'nobody'],
  ['forwarded', ['for=192.0.2.7;'], 'forwarded-malformed'],
  ['forwarded', ['for=192.0.2.7,'], 'forwarded-malformed'],
  ['forwarded', ['for=192.0.2.7;FOR=192.0.2.8'], 'forwarded-malformed'],
  ['forwarded', ['for=[2001:db8::7]'], 'forwarded-malformed'],
  ['forwarded', ['for="2001:db8::7'], 'forwarded-malformed'],
  ['forwarded', ['for = 192.0.2.7'], 'forwarded-malformed'],
  ['forwarded', ['for=""'], 'forwarded-malformed'],
  ['forwarded', [''], 'forwarded-malformed'],
  ['forwarded', [`for=192.0.2.7;ext="${'x'.repeat(4096)}"`], 'forwarded-too-long'],
]

describe('the origin of a request', () => {
  for (const [field, values, origin] of rows) {
    it(`${field}: ${values.join(' | ').slice(0, 70)} → ${origin}`, () => assert.equal(originOf(field, values), origin))
  }
})
