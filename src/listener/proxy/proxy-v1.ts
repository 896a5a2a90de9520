/** Version 1 of the PROXY protocol (§2.1): one line of ASCII. */

import { formatAddress, octetsOfAddress } from './ip-text.ts'
import { type Endpoint, type HeaderStep, noFacts } from './proxy-header.ts'

/** How every header of this version begins. */
export const v1Prefix = Buffer.from('PROXY ')

/** Longest line, CR LF included (§2.1). */
export const maxV1Bytes = 107

/** No sign, no leading zero (§2.1). */
const portForm = /^(?:0|[1-9]\d{0,4})$/

const cr = 0x0d
const lf = 0x0a

/** Reads a line that begins with `PROXY `, as far as it has come. */
export function parseV1(bytes: Uint8Array): HeaderStep {
  for (let at = v1Prefix.length; at < Math.min(bytes.length, maxV1Bytes); at += 1) {
    const octet = bytes[at] ?? 0
    if (octet === cr) {
      if (at + 1 === maxV1Bytes) break
      if (at + 1 === bytes.length) return { kind: 'part' }
      if (bytes[at + 1] !== lf) return refused('a CR without its LF')
      return parseLine(Buffer.from(bytes.subarray(0, at)).toString('latin1'), at + 2)
    }
    if (octet < 0x20 || octet > 0x7e) return refused('an octet that is no printable ASCII')
  }
  return bytes.length < maxV1Bytes ? { kind: 'part' } : refused(`longer than ${maxV1Bytes} bytes`)
}

function parseLine(line: string, length: number): HeaderStep {
  const [, family, from = '', to = '', fromPort = '', toPort = '', ...more] = line.split(' ')
  const header = (source: Endpoint | null): HeaderStep => ({
    kind: 'header',
    header: { version: 1, command: 'proxy', source, facts: noFacts },
    length,
  })
  // §2.1: whatever follows the word is to be passed over.
  if (family === 'UNKNOWN') return header(null)
  if (family !== 'TCP4' && family !== 'TCP6') return refused('a protocol other than TCP4, TCP6 and UNKNOWN')
  if (more.length > 0) return refused('words behind the ports')
  const size = family === 'TCP4' ? 4 : 16
  const source = octetsOfAddress(from)
  if (source?.length !== size || octetsOfAddress(to)?.length !== size)
    return refused(`an address that is none of ${family}`)
  if (!isPort(fromPort) || !isPort(toPort)) return refused('a port that is none')
  return header({ address: formatAddress(source), port: Number(fromPort) })
}

function isPort(text: string): boolean {
  return portForm.test(text) && Number(text) <= 65_535
}

function refused(what: string): HeaderStep {
  return { kind: 'refused', why: `malformed PROXY header (version 1): ${what}` }
}
