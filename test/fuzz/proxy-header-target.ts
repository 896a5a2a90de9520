/**
 * PROXY headers: no bytes make the parser throw or wait beyond its limits; more bytes never change a verdict, and nothing
 * is read of what is behind a header. What a slow reader of the fields finds is what is handed out.
 */

import { isIP } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { parseProxyHeader } from '../../src/listener/proxy/parse-proxy-header.ts'
import type { HeaderStep } from '../../src/listener/proxy/proxy-header.ts'
import { maxV1Bytes } from '../../src/listener/proxy/proxy-v1.ts'
import { maxV2Bytes, v2FixedBytes } from '../../src/listener/proxy/proxy-v2.ts'
import { sslTlv, tlv, v2, v2Checked } from '../proxy/headers.ts'
import type { Random } from '../support/pki/random.ts'
import { mutateBytes, mutateText, randomOctets } from './mutate.ts'
import { expect, type FuzzTarget, hashOf } from './target.ts'

const words = [
  'PROXY',
  'TCP4',
  'TCP6',
  'UNKNOWN',
  ' ',
  '\r\n',
  '\r',
  '\n',
  '0',
  '65535',
  '99999',
  '::1',
  '127.0.0.1',
  '%',
  '\0',
]
const types = [0x01, 0x02, 0x03, 0x04, 0x05, 0x20, 0x30, 0xe0, 0xff]
const innerTypes = [0x21, 0x22, 0x23, 0x24, 0x25, 0x28, 0x7f]

/** Fuzzes `parseProxyHeader`. */
export function createProxyHeaderTarget(parse: typeof parseProxyHeader = parseProxyHeader): FuzzTarget {
  return {
    name: 'proxy-header',
    quickInputs: 10_000,
    longShare: 100_000,
    generate: (random) => (random.chance(0.4) ? generateV1(random) : generateV2(random)),
    check: (input) => {
      const whole = parse(input)
      checkStep(whole, input)
      // Whatever has come so far: either the verdict of the whole, or none yet.
      const cut = hashOf(input) % (input.length + 1)
      const part = parse(input.subarray(0, cut))
      const isEarly = part.kind === 'part' || isDeepStrictEqual(part, whole)
      expect(isEarly, `${part.kind} after ${cut} bytes, and then ${whole.kind}`)
      const longer = parse(Buffer.concat([input, Buffer.from('<stream')]))
      if (whole.kind === 'header') expect(isDeepStrictEqual(longer, whole), 'what is behind the header changes it')
    },
    settle: async () => [],
    [Symbol.asyncDispose]: async () => undefined,
  }
}

function checkStep(step: HeaderStep, input: Uint8Array): void {
  switch (step.kind) {
    case 'part':
      expect(input.length < v2FixedBytes + maxV2Bytes, 'waits beyond every limit')
      return
    case 'refused':
      expect(/^[\x20-\x7e]{10,120}$/.test(step.why), 'words that are none, or hold what came')
      return
    case 'header': {
      const { header, length } = step
      const most = header.version === 1 ? maxV1Bytes : v2FixedBytes + maxV2Bytes
      expect(length <= input.length && length <= most, 'longer than what came')
      expect(header.command === 'proxy' || header.source === null, 'an address of LOCAL')
      if (header.source !== null) {
        expect(isIP(header.source.address) !== 0, 'an address that is none')
        expect(header.source.port >= 0 && header.source.port <= 65_535, 'a port that is none')
      }
      const { tls } = header.facts
      if (tls?.certificate != null) {
        expect(tls.presented !== 'no', 'a certificate that nobody showed')
        expect(Buffer.from(input).includes(Buffer.from(tls.certificate)), 'a certificate from nowhere')
      }
    }
  }
}

function generateV1(random: Random): Uint8Array {
  const address = random.pick(['192.0.2.10', '255.255.255.255', '2001:db8::1', '::ffff:192.0.2.1', '1.2.3'])
  const line = `PROXY ${random.pick(['TCP4', 'TCP6', 'UNKNOWN'])} ${address} ${address} ${random.below(70_000)} 443\r\n`
  if (random.chance(0.2)) return Buffer.from(line)
  return random.chance(0.5)
    ? mutateBytes(random, Buffer.from(line))
    : Buffer.from(mutateText(random, line, words), 'latin1')
}

function generateV2(random: Random): Uint8Array {
  const inner = Array.from({ length: random.below(4) }, () => tlv(random.pick(innerTypes), randomOctets(random, 12)))
  const fields = Array.from({ length: random.below(4) }, () =>
    random.chance(0.3)
      ? sslTlv(random.below(8), random.below(3), inner)
      : tlv(random.pick(types), random.chance(0.5) ? 'text' : randomOctets(random, 8)),
  )
  const family = random.pick([0x11, 0x21, 0x31, 0x00, 0x12, 0x41])
  const sizes = new Map([
    [0x11, 12],
    [0x21, 36],
    [0x31, 216],
    [0x00, 0],
    [0x12, 12],
  ])
  const addresses = Buffer.alloc(sizes.get(family) ?? random.below(20), random.below(256))
  const parts = { command: random.pick([0x21, 0x21, 0x20, 0x22]), family, addresses, fields }
  const header = random.chance(0.3) ? v2Checked(parts) : v2(parts)
  return random.chance(0.4) ? header : mutateBytes(random, header)
}
