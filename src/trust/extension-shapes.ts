/**
 * The form of extensions that decide nothing here. OpenSSL reads them all the same and takes no certificate in which one is
 * malformed, so neither do we.
 */

import {
  contentOf,
  DerCursor,
  DerFault,
  explicitTag,
  implicitTag,
  readSole,
  type Tlv,
  tags,
} from '../certificate/der.ts'
import { decodeIa5 } from '../certificate/der-strings.ts'
import { readBitString, readOid } from '../certificate/der-values.ts'
import { readName } from '../certificate/distinguished-name.ts'
import { extensionOids } from '../certificate/extensions.ts'
import type { PeerCertificate } from '../certificate/facts.ts'
import { nameConstraintsOid, readNameConstraints } from './name-constraints.ts'

const readers: ReadonlyMap<string, { readonly name: string; readonly read: (value: Uint8Array) => void }> = new Map([
  [extensionOids.authorityKeyIdentifier, { name: 'authorityKeyIdentifier', read: readAuthorityKeyId }],
  [nameConstraintsOid, { name: 'nameConstraints', read: readNameConstraints }],
  ['2.5.29.31', { name: 'cRLDistributionPoints', read: readDistributionPoints }],
  ['2.16.840.1.113730.1.1', { name: 'nsCertType', read: (value: Uint8Array) => readBitString(readSole(value)) }],
])

/** What is malformed in the extensions of a certificate, in words; null if nothing is. */
export function extensionFault({ extensions }: PeerCertificate): string | null {
  for (const { oid, value } of extensions) {
    const reader = readers.get(oid)
    if (reader === undefined) continue
    try {
      reader.read(value)
    } catch (cause) {
      if (cause instanceof DerFault) return `${reader.name}: ${cause.message}`
      throw cause
    }
  }
  return null
}

function readAuthorityKeyId(value: Uint8Array): void {
  const fields = DerCursor.over(value, tags.sequence)
  fields.takeIf(implicitTag(0))
  const issuer = fields.takeIf(explicitTag(1))
  if (issuer !== null) readGeneralNames(issuer)
}

/** RFC 5280 §4.2.1.13: a point has a name or an issuer; reasons alone point nowhere. */
function readDistributionPoints(value: Uint8Array): void {
  const points = DerCursor.over(value, tags.sequence)
  while (!points.done) {
    const fields = points.enter(tags.sequence)
    const name = fields.takeIf(explicitTag(0))
    const reasons = fields.takeIf(implicitTag(1))
    const issuer = fields.takeIf(explicitTag(2))
    fields.finish()
    if (name === null && issuer === null) throw new DerFault('a point without a name')
    if (name !== null) readPointName(name)
    if (reasons !== null) readBitString(reasons, implicitTag(1))
    if (issuer !== null) readGeneralNames(issuer)
  }
}

function readPointName(name: Tlv): void {
  const choice = DerCursor.inside(name)
  const value = choice.any()
  choice.finish()
  // nameRelativeToCRLIssuer is one step of a name; nobody issues it, and RFC 5280 advises against it.
  if (value.tag !== explicitTag(0)) throw new DerFault('a point named relative to its issuer')
  readGeneralNames(value)
}

function readGeneralNames(list: Tlv): void {
  const walk = DerCursor.inside(list)
  while (!walk.done) readGeneralName(walk.any())
}

function readGeneralName(name: Tlv): void {
  switch (name.tag) {
    case explicitTag(0):
      readOid(DerCursor.inside(name).take(tags.oid))
      return
    case implicitTag(1):
    case implicitTag(2):
    case implicitTag(6):
      decodeIa5(contentOf(name))
      return
    case explicitTag(3):
    case explicitTag(5):
    case implicitTag(7):
      return
    case explicitTag(4):
      readName(DerCursor.inside(name).take(tags.sequence))
      return
    case implicitTag(8):
      readOid(name, implicitTag(8))
      return
    default:
      throw new DerFault('a name of no known kind')
  }
}
