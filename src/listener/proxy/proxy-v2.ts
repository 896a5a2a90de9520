/** Version 2 of the PROXY protocol (§2.2): a binary block of a signature, a command, addresses and further fields. */

import { formatAddress } from './ip-text.ts'
import { type Endpoint, type HeaderStep, noFacts } from './proxy-header.ts'
import { parseFacts } from './proxy-tlvs.ts'

/** How every header of this version begins. */
export const v2Signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')

/** Signature, version and command, family and protocol, length. */
export const v2FixedBytes = 16

/** Longest block behind the fixed part that is taken: addresses, and fields with a client certificate among them. */
export const maxV2Bytes = 16_384

/** Bytes of the addresses by family; ports included where there are any. */
const addressBytes = { unspec: 0, inet: 12, inet6: 36, unix: 216 } as const

const families = ['unspec', 'inet', 'inet6', 'unix'] as const
const protocols = ['unspec', 'stream', 'dgram'] as const

/** Reads a block that begins with the signature, as far as it has come. */
export function parseV2(bytes: Uint8Array): HeaderStep {
  if (bytes.length < v2FixedBytes) return shortOf(bytes)
  const [versionAndCommand = 0, familyAndProtocol = 0, high = 0, low = 0] = bytes.subarray(12, v2FixedBytes)
  const command = commandOf(versionAndCommand)
  if (command === null) return refused('neither version 2 nor a command of it')
  const length = (high << 8) | low
  if (length > maxV2Bytes) return refused(`longer than ${maxV2Bytes} bytes`)
  const family = families[familyAndProtocol >> 4]
  const protocol = protocols[familyAndProtocol & 0x0f]
  // §2.2: with LOCAL the family is ignored; other values of it must be rejected everywhere else.
  const isKnown = family !== undefined && protocol !== undefined
  if (!isKnown && command === 'proxy') return refused('an address family or protocol that there is not')
  const end = v2FixedBytes + length
  if (bytes.length < end) return { kind: 'part' }
  if (command === 'local') {
    // §2.2: the block is skipped as a whole, whatever is in it.
    return { kind: 'header', header: { version: 2, command, source: null, facts: noFacts }, length: end }
  }
  return parseBlock(bytes.subarray(0, end), family ?? 'unspec', protocol ?? 'unspec')
}

function parseBlock(
  header: Uint8Array,
  family: (typeof families)[number],
  protocol: (typeof protocols)[number],
): HeaderStep {
  const start = v2FixedBytes + addressBytes[family]
  if (header.length < start) return refused('too short for its addresses')
  const facts = parseFacts(header, start)
  if (!facts.ok) return refused(facts.error)
  // §2.2: what is not supported is taken like UNSPEC. Nobody reaches a TCP port by datagrams or by a path.
  const source = protocol === 'stream' ? sourceOf(header, family) : null
  return {
    kind: 'header',
    header: { version: 2, command: 'proxy', source, facts: facts.value },
    length: header.length,
  }
}

function sourceOf(header: Uint8Array, family: (typeof families)[number]): Endpoint | null {
  switch (family) {
    case 'inet':
      return endpointAt(header, 4)
    case 'inet6':
      return endpointAt(header, 16)
    case 'unix':
    case 'unspec':
      return null
  }
}

/** Source and destination address come first, `size` octets each, then the source port. */
function endpointAt(header: Uint8Array, size: number): Endpoint {
  const address = formatAddress(header.subarray(v2FixedBytes, v2FixedBytes + size))
  const [high = 0, low = 0] = header.subarray(v2FixedBytes + 2 * size)
  return { address, port: (high << 8) | low }
}

function commandOf(octet: number): 'proxy' | 'local' | null {
  if (octet >> 4 !== 2) return null
  const command = octet & 0x0f
  return command === 1 ? 'proxy' : command === 0 ? 'local' : null
}

/** The version and command are refused as soon as they have come. */
function shortOf(bytes: Uint8Array): HeaderStep {
  const octet = bytes[12]
  if (octet !== undefined && commandOf(octet) === null) return refused('neither version 2 nor a command of it')
  return { kind: 'part' }
}

function refused(what: string): HeaderStep {
  return { kind: 'refused', why: `malformed PROXY header (version 2): ${what}` }
}
