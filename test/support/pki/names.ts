/** Distinguished names and general names (RFC 5280 §4.1.2.4, §4.2.1.6), written as the caller says, valid or not. */

import { context, contextPrimitive, oid, type StringType, sequence, set, text } from './der-writer.ts'

/** Attribute types of distinguished names. */
export const attributeTypes = {
  cn: '2.5.4.3',
  serialNumber: '2.5.4.5',
  country: '2.5.4.6',
  organization: '2.5.4.10',
  unit: '2.5.4.11',
  uid: '0.9.2342.19200300.100.1.1',
  dc: '0.9.2342.19200300.100.1.25',
  email: '1.2.840.113549.1.9.1',
} as const

/** Types of otherName that the suite knows. */
export const otherNameTypes = {
  /** id-on-xmppAddr (RFC 6120 §13.7.1.4). */
  xmppAddr: '1.3.6.1.5.5.7.8.5',
  /** id-on-dnsSRV (RFC 4985). */
  srv: '1.3.6.1.5.5.7.8.7',
  /** User principal name, of Microsoft's arc. */
  upn: '1.3.6.1.4.1.311.20.2.3',
} as const

/** One attribute of a distinguished name; a string is a UTF8String unless it says otherwise. */
export interface Attribute {
  readonly oid: string
  readonly value: string | Uint8Array
  readonly encoding?: StringType
}

/** A distinguished name: one RDN an element, several attributes in an inner list for a multi-valued RDN. */
export type Subject = readonly (Attribute | readonly Attribute[])[]

/** The attribute for a common name. */
export const cn = (value: string | Uint8Array, encoding: StringType = 'utf8'): Attribute => ({
  oid: attributeTypes.cn,
  value,
  encoding,
})

/** Writes a Name. */
export function writeName(subject: Subject): Buffer {
  return sequence(...subject.map((part) => set(...(isList(part) ? part : [part]).map(writeAttribute))))
}

function isList(part: Attribute | readonly Attribute[]): part is readonly Attribute[] {
  return Array.isArray(part)
}

function writeAttribute(attribute: Attribute): Buffer {
  return sequence(oid(attribute.oid), text(attribute.encoding ?? 'utf8', attribute.value))
}

/** otherName with any type and any complete DER value. */
export const otherName = (type: string, value: Uint8Array): Buffer => context(0, oid(type), context(0, value))

/** otherName xmppAddr; the string type is UTF8String as RFC 6120 §13.7.1.4 wants it, unless told otherwise. */
export const xmppAddr = (value: string | Uint8Array, type: StringType = 'utf8'): Buffer =>
  otherName(otherNameTypes.xmppAddr, text(type, value))

/** otherName with a user principal name. */
export const upn = (value: string): Buffer => otherName(otherNameTypes.upn, text('utf8', value))

/** otherName SRVName, for example `_xmpp-client.example.org` (RFC 4985). */
export const srv = (value: string): Buffer => otherName(otherNameTypes.srv, text('ia5', value))

/** rfc822Name. */
export const email = (value: string): Buffer => contextPrimitive(1, Buffer.from(value))

/** dNSName. */
export const dns = (value: string): Buffer => contextPrimitive(2, Buffer.from(value))

/** directoryName. */
export const dirName = (subject: Subject): Buffer => context(4, writeName(subject))

/** uniformResourceIdentifier. */
export const uri = (value: string): Buffer => contextPrimitive(6, Buffer.from(value))

/** iPAddress from its octets: 4 or 16, and twice that in a name constraint. */
export const ip = (...octets: readonly number[]): Buffer => contextPrimitive(7, Buffer.from(octets))

/** registeredID. */
export const registeredId = (dotted: string): Buffer => contextPrimitive(8, oid(dotted).subarray(2))
