/** Certificate extensions (RFC 5280 §4.2), each as one complete Extension value. */

import { bits, boolean, context, contextPrimitive, integer, octets, oid, sequence } from './der-writer.ts'

/** Extension identifiers. */
export const extensionTypes = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyIdentifier: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  inhibitAnyPolicy: '2.5.29.54',
} as const

/** An extension whose value the caller has encoded. */
export interface RawExtension {
  readonly oid: string
  readonly critical?: boolean
  readonly value: Uint8Array
}

/** Writes an Extension. */
export function writeExtension(extension: RawExtension): Buffer {
  const critical = extension.critical === true ? [boolean(true)] : []
  return sequence(oid(extension.oid), ...critical, octets(extension.value))
}

/** Bits of keyUsage in their order (RFC 5280 §4.2.1.3). */
export const keyUsageBits = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const

/** One bit of keyUsage. */
export type KeyUsage = (typeof keyUsageBits)[number]

/** keyUsage. */
export function keyUsage(usages: readonly KeyUsage[], critical: boolean): Buffer {
  const positions = usages.map((usage) => keyUsageBits.indexOf(usage))
  const last = Math.max(-1, ...positions)
  const octetsOfBits = Buffer.alloc(Math.ceil((last + 1) / 8))
  for (const position of positions) {
    const index = position >> 3
    octetsOfBits[index] = (octetsOfBits[index] ?? 0) | (0x80 >> (position & 7))
  }
  const value = bits(octetsOfBits, last < 0 ? 0 : 7 - (last & 7))
  return writeExtension({ oid: extensionTypes.keyUsage, critical, value })
}

/** Purposes of extendedKeyUsage. */
export const purposes = {
  any: '2.5.29.37.0',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
} as const

/** A purpose by its name. */
export type Purpose = keyof typeof purposes

/** extendedKeyUsage. */
export function extendedKeyUsage(wanted: readonly Purpose[], critical: boolean): Buffer {
  const value = sequence(...wanted.map((purpose) => oid(purposes[purpose])))
  return writeExtension({ oid: extensionTypes.extendedKeyUsage, critical, value })
}

/** The fields of basicConstraints. */
export interface BasicConstraints {
  readonly ca: boolean
  readonly pathLen?: number
  readonly critical?: boolean
}

/** basicConstraints. */
export function basicConstraints({ ca, pathLen, critical }: BasicConstraints): Buffer {
  const value = sequence(...(ca ? [boolean(true)] : []), ...(pathLen === undefined ? [] : [integer(pathLen)]))
  return writeExtension({ oid: extensionTypes.basicConstraints, critical: critical ?? ca, value })
}

/** Subtrees of nameConstraints, as general names. */
export interface NameConstraints {
  readonly permitted?: readonly Uint8Array[]
  readonly excluded?: readonly Uint8Array[]
  readonly critical?: boolean
}

/** nameConstraints. */
export function nameConstraints({ permitted, excluded, critical }: NameConstraints): Buffer {
  const subtrees = (tag: number, names: readonly Uint8Array[] = []): Buffer[] =>
    names.length === 0 ? [] : [context(tag, ...names.map((name) => sequence(name)))]
  const value = sequence(...subtrees(0, permitted), ...subtrees(1, excluded))
  return writeExtension({ oid: extensionTypes.nameConstraints, critical: critical ?? true, value })
}

/** subjectAltName. */
export function subjectAltName(names: readonly Uint8Array[], critical: boolean): Buffer {
  return writeExtension({ oid: extensionTypes.subjectAltName, critical, value: sequence(...names) })
}

/** subjectKeyIdentifier. */
export function subjectKeyIdentifier(id: Uint8Array): Buffer {
  return writeExtension({ oid: extensionTypes.subjectKeyIdentifier, value: octets(id) })
}

/** authorityKeyIdentifier with a keyIdentifier only. */
export function authorityKeyIdentifier(id: Uint8Array): Buffer {
  return writeExtension({ oid: extensionTypes.authorityKeyIdentifier, value: sequence(contextPrimitive(0, id)) })
}
