/** The names in a subjectAltName extension (RFC 5280 §4.2.1.6), sorted by kind; other names by OID only. */

import { type Jid, parseJid } from '../jid/jid.ts'
import {
  checkParts,
  contentOf,
  DerCursor,
  DerFault,
  encodingOf,
  explicitTag,
  implicitTag,
  type Tlv,
  tags,
} from './der.ts'
import { decodeUtf8, readIa5String, readUtf8String } from './der-strings.ts'
import { readOid } from './der-values.ts'
import { type DistinguishedName, readName } from './distinguished-name.ts'
import { formatIp } from './ip-address.ts'

/** Names in one subjectAltName. */
export const maxSubjectNames = 256

/** id-on-xmppAddr (RFC 6120 §13.7.1.4). */
export const xmppAddrOid = '1.3.6.1.5.5.7.8.5'

/** id-on-dnsSRV (RFC 4985). */
export const srvNameOid = '1.3.6.1.5.5.7.8.7'

/** Microsoft's user principal name. */
export const upnOid = '1.3.6.1.4.1.311.20.2.3'

/** An xmppAddr (RFC 6120 §13.7.1.4). It is malformed when `jid` is null; then `why` says what is wrong. */
export interface XmppAddr {
  /** As it stands in the certificate; null when it is no UTF8String or not UTF-8. */
  readonly text: string | null
  readonly jid: Jid | null
  readonly why: string | null
}

/** An iPAddress: 4 or 16 octets. */
export interface IpName {
  readonly text: string
  readonly octets: Uint8Array
}

/** A name of a kind that no rule reads. */
export interface OtherName {
  readonly kind: 'otherName' | 'x400Address' | 'ediPartyName' | 'registeredID'
  /** The type of an otherName, the value of a registeredID, else null. */
  readonly oid: string | null
  /** An otherName's value without its [0] wrapper; the whole GeneralName for the other kinds. */
  readonly der: Uint8Array
}

/**
 * All names of the subjectAltName, each list in encoding order; empty lists when there is no such extension. Texts are as they
 * stand in the certificate, control characters and NUL included.
 */
export interface SubjectNames {
  readonly xmppAddr: readonly XmppAddr[]
  readonly rfc822Name: readonly string[]
  /** Microsoft user principal names (1.3.6.1.4.1.311.20.2.3). */
  readonly upn: readonly string[]
  readonly dns: readonly string[]
  readonly uri: readonly string[]
  /** SRVName (RFC 4985), such as `_xmpp-client.example.org`. */
  readonly srvName: readonly string[]
  readonly ip: readonly IpName[]
  readonly directoryName: readonly DistinguishedName[]
  readonly other: readonly OtherName[]
}

type Collected = { readonly [K in keyof SubjectNames]: SubjectNames[K][number][] }

function emptyNames(): Collected {
  return {
    xmppAddr: [],
    rfc822Name: [],
    upn: [],
    dns: [],
    uri: [],
    srvName: [],
    ip: [],
    directoryName: [],
    other: [],
  }
}

/** The names of a certificate without a subjectAltName. */
export function noSubjectNames(): SubjectNames {
  return emptyNames()
}

/** Reads the value of a subjectAltName extension. Throws `DerFault`; only an xmppAddr may be malformed by itself. */
export function readSubjectNames(value: Uint8Array): SubjectNames {
  const names = emptyNames()
  const walk = DerCursor.over(value, tags.sequence)
  if (walk.done) throw new DerFault('no names at all')
  for (let count = 0; !walk.done; count += 1) {
    if (count === maxSubjectNames) throw new DerFault(`more than ${maxSubjectNames} names`)
    collectName(walk.any(), names)
  }
  return names
}

function collectName(tlv: Tlv, names: Collected): void {
  checkParts(tlv)
  switch (tlv.tag) {
    case explicitTag(0):
      collectOtherName(tlv, names)
      return
    case implicitTag(1):
      names.rfc822Name.push(readIa5String(tlv, tlv.tag))
      return
    case implicitTag(2):
      names.dns.push(readIa5String(tlv, tlv.tag))
      return
    case explicitTag(3):
      names.other.push({ kind: 'x400Address', oid: null, der: encodingOf(tlv) })
      return
    case explicitTag(4):
      names.directoryName.push(readDirectoryName(tlv))
      return
    case explicitTag(5):
      names.other.push({ kind: 'ediPartyName', oid: null, der: encodingOf(tlv) })
      return
    case implicitTag(6):
      names.uri.push(readIa5String(tlv, tlv.tag))
      return
    case implicitTag(7):
      names.ip.push(readIpName(tlv))
      return
    case implicitTag(8):
      names.other.push({ kind: 'registeredID', oid: readOid(tlv, tlv.tag), der: encodingOf(tlv) })
      return
    default:
      throw new DerFault('a name of no known kind')
  }
}

/** OtherName ::= SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY }, tagged [0] IMPLICIT. */
function collectOtherName(tlv: Tlv, names: Collected): void {
  const walk = DerCursor.inside(tlv)
  const oid = readOid(walk.take(tags.oid))
  const wrapper = walk.enter(explicitTag(0))
  const value = wrapper.any()
  wrapper.finish()
  walk.finish()
  switch (oid) {
    case xmppAddrOid:
      names.xmppAddr.push(readXmppAddr(value))
      return
    case upnOid:
      names.upn.push(readUtf8String(value))
      return
    case srvNameOid:
      names.srvName.push(readIa5String(value))
      return
    default:
      names.other.push({ kind: 'otherName', oid, der: encodingOf(value) })
  }
}

/** A malformed xmppAddr stays in the list: the identity rule must refuse it and not take it for absent. */
function readXmppAddr(value: Tlv): XmppAddr {
  if (value.tag !== tags.utf8String) return { text: null, jid: null, why: 'is not a UTF8String' }
  const text = utf8OrNull(contentOf(value))
  if (text === null) return { text, jid: null, why: 'is not valid UTF-8' }
  const jid = parseJid(text)
  if (jid.ok) return { text, jid: jid.value, why: null }
  const { part, why } = jid.error
  return { text, jid: null, why: part === 'jid' ? why : `has a ${part}part that ${why}` }
}

function utf8OrNull(bytes: Uint8Array): string | null {
  try {
    return decodeUtf8(bytes)
  } catch (error) {
    if (error instanceof DerFault) return null
    throw error
  }
}

/** A Name is a CHOICE, so its tag [4] is explicit whatever the module says (X.680 §31.2.7). */
function readDirectoryName(tlv: Tlv): DistinguishedName {
  const walk = DerCursor.inside(tlv)
  const name = readName(walk.take(tags.sequence))
  walk.finish()
  return name
}

function readIpName(tlv: Tlv): IpName {
  const octets = contentOf(tlv)
  if (octets.length !== 4 && octets.length !== 16) throw new DerFault('an iPAddress of neither 4 nor 16 octets')
  return { text: formatIp(octets), octets }
}
