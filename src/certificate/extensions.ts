/** The extensions of a certificate (RFC 5280 §4.2): all of them raw, and those that decide something decoded. */

/** One extension as it stands in the certificate. */
export interface Extension {
  readonly oid: string
  readonly critical: boolean
  /** The content of extnValue: the DER of the extension's own type, as a view. */
  readonly value: Uint8Array
}

/** Bits of keyUsage (RFC 5280 §4.2.1.3), in bit order. */
export type KeyUsage =
  | 'digitalSignature'
  | 'nonRepudiation'
  | 'keyEncipherment'
  | 'dataEncipherment'
  | 'keyAgreement'
  | 'keyCertSign'
  | 'cRLSign'
  | 'encipherOnly'
  | 'decipherOnly'

/** basicConstraints (RFC 5280 §4.2.1.9). */
export interface BasicConstraints {
  readonly ca: boolean
  readonly pathLen: number | null
}

/** authorityKeyIdentifier (RFC 5280 §4.2.1.1). */
export interface AuthorityKeyId {
  readonly keyId: Uint8Array | null
  /** The GeneralNames of authorityCertIssuer, raw content; null when absent. */
  readonly issuer: Uint8Array | null
  /** authorityCertSerialNumber, lower-case hexadecimal; null when absent. */
  readonly serial: string | null
}
