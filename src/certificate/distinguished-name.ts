/** Distinguished names (RFC 5280 §4.1.2.4) as data, and as text (RFC 4514). */

import { contentOf, DerCursor, DerFault, encodingOf, type Tlv, tags } from './der.ts'
import { decodeString, type StringEncoding, stringEncodingOf } from './der-strings.ts'
import { hexOf, readBitString, readOid } from './der-values.ts'

/** Steps in one name. */
export const maxRdns = 64

/** Attributes in one step of a name. */
export const maxAttributesPerRdn = 16

/** OID of commonName. */
export const commonNameOid = '2.5.4.3'

/** OID of userId (RFC 4519 §2.39). */
export const uidOid = '0.9.2342.19200300.100.1.1'

/** OID of emailAddress (RFC 2985 §5.2.1). */
export const emailAddressOid = '1.2.840.113549.1.9.1'

/** One attribute of a name. */
export interface NameAttribute {
  /** Dotted decimal. */
  readonly oid: string
  /** Short name such as `CN`; null for a type we have no name for. */
  readonly name: string | null
  /** The exact text, control characters and NUL included; null for a BIT STRING, or when the value breaks its alphabet. */
  readonly value: string | null
  readonly encoding: StringEncoding | 'other'
  /** The value's whole DER encoding. */
  readonly der: Uint8Array
}

/** A set of attributes that stand for one step of the name. */
export type RelativeName = readonly NameAttribute[]

/** A name: its steps in encoding order, from the root down. */
export interface DistinguishedName {
  readonly rdns: readonly RelativeName[]
  /** The whole Name as encoded: equal bytes are equal names. */
  readonly der: Uint8Array
  /** See {@link formatDn}; made once, since every record of every login shows it. */
  readonly text: string
}

/** Short names registered for LDAP (RFC 4519, RFC 2985), which RFC 4514 §2.3 asks to use. */
const shortNames: ReadonlyMap<string, string> = new Map([
  [commonNameOid, 'CN'],
  ['2.5.4.4', 'SN'],
  ['2.5.4.5', 'serialNumber'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'STREET'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.12', 'title'],
  ['2.5.4.42', 'GN'],
  ['2.5.4.43', 'initials'],
  ['2.5.4.44', 'generationQualifier'],
  ['2.5.4.46', 'dnQualifier'],
  ['2.5.4.65', 'pseudonym'],
  ['2.5.4.97', 'organizationIdentifier'],
  [uidOid, 'UID'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
  [emailAddressOid, 'emailAddress'],
])

/** Spellings that people and other programs use beside the registered ones. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['e', emailAddressOid],
  ['email', emailAddressOid],
  ['s', '2.5.4.8'],
  ['surname', '2.5.4.4'],
  ['givenname', '2.5.4.42'],
])

const oidsByName: ReadonlyMap<string, string> = new Map([
  ...[...shortNames].map(([oid, name]) => [name.toLowerCase(), oid] as const),
  ...otherNames,
])

/** The OID of an attribute type: from a short name in any case (`CN`, `email`), or from an OID itself. Null for anything else. */
export function attributeTypeOid(text: string): string | null {
  const dotted = text.replace(/^oid\./i, '')
  return /^[0-2](?:\.(?:0|[1-9][0-9]{0,17})){1,30}$/.test(dotted)
    ? dotted
    : (oidsByName.get(text.toLowerCase()) ?? null)
}

/** The short name of an attribute type, such as `CN`; the OID where it has none. */
export function attributeTypeName(oid: string): string {
  return shortNames.get(oid) ?? oid
}

/** Reads a Name. Throws `DerFault`; a value that only breaks its alphabet just loses its text. */
export function readName(tlv: Tlv): DistinguishedName {
  if (tlv.tag !== tags.sequence) throw new DerFault('a Name that is no SEQUENCE')
  const rdns: RelativeName[] = []
  const walk = DerCursor.inside(tlv)
  while (!walk.done) {
    if (rdns.length === maxRdns) throw new DerFault(`a Name of more than ${maxRdns} steps`)
    rdns.push(readRdn(walk.enter(tags.set)))
  }
  return { rdns, der: encodingOf(tlv), text: textOf(rdns) }
}

function readRdn(walk: DerCursor): RelativeName {
  const attributes: NameAttribute[] = []
  while (!walk.done) {
    if (attributes.length === maxAttributesPerRdn) throw new DerFault('a step of a Name with too many attributes')
    attributes.push(readAttribute(walk.enter(tags.sequence)))
  }
  if (attributes.length === 0) throw new DerFault('a step of a Name without attributes')
  return attributes
}

function readAttribute(walk: DerCursor): NameAttribute {
  const oid = readOid(walk.take(tags.oid))
  const tlv = walk.any()
  walk.finish()
  const encoding = stringEncodingOf(tlv)
  // x500UniqueIdentifier is the one attribute of names that is no string.
  if (encoding === null && tlv.tag !== tags.bitString) throw new DerFault('an attribute value that is no string')
  if (encoding === null) readBitString(tlv)
  return {
    oid,
    name: shortNames.get(oid) ?? null,
    value: encoding === null ? null : readText(encoding, contentOf(tlv)),
    encoding: encoding ?? 'other',
    der: encodingOf(tlv),
  }
}

/**
 * What is no Unicode at all breaks the certificate, for OpenSSL as for us. The old one-octet alphabets are
 * broken by certificate makers in fields that decide nothing, so there the fault stays with the one value.
 */
function readText(encoding: StringEncoding, content: Uint8Array): string | null {
  if (encoding === 'utf8' || encoding === 'bmp' || encoding === 'universal') return decodeString(encoding, content)
  try {
    return decodeString(encoding, content)
  } catch (error) {
    if (error instanceof DerFault) return null
    throw error
  }
}

/** Every value of an attribute type, in encoding order; null stands for one that could not be decoded. */
export function attributeValues(name: DistinguishedName, oid: string): readonly (string | null)[] {
  return name.rdns.flatMap((rdn) => rdn.filter((attribute) => attribute.oid === oid).map(({ value }) => value))
}

/**
 * A name as RFC 4514 text: last step first, special characters escaped. Control and format characters are
 * escaped too, so that the text can stand in a log line. The empty name is the empty text.
 */
export function formatDn({ text }: DistinguishedName): string {
  return text
}

function textOf(rdns: readonly RelativeName[]): string {
  const steps = rdns.map((rdn) => rdn.map(formatAttribute).join('+'))
  return steps.reverse().join(',')
}

function formatAttribute({ oid, name, value, der }: NameAttribute): string {
  // RFC 4514 §2.4: a type without a name, like a value without text, shows its encoding.
  return name === null || value === null ? `${name ?? oid}=#${hexOf(der)}` : `${name}=${escapeValue(value)}`
}

const unsafe = /^[ #]|["+,;<>\\]|[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]| $/gu

function escapeValue(value: string): string {
  return value.replace(unsafe, (character) => (/[ -~]/.test(character) ? `\\${character}` : escapeOctets(character)))
}

function escapeOctets(character: string): string {
  return hexOf(new TextEncoder().encode(character)).replace(/../g, '\\$&')
}
