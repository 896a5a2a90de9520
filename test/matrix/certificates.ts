/** The certificates of the matrix: what identity each holds, and how each `verify_mode` must judge its chain. */

import type { CatalogueName } from '../support/pki/catalogue.ts'
import type { MatrixReason } from './outcomes.ts'

/** The domain of the catalogue and of most streams. */
export const domain = 'signet.example'

/** A second domain that the servers of the matrix serve, in Unicode. */
export const idnDomain = 'bücher.example'

/** Ways in which certificates hold identities; the lines of the policy tables. */
export const shapes = [
  'one', // one distinct xmppAddr of the stream's domain
  'two', // two distinct xmppAddrs, the first of the stream's domain
  'foreign', // one xmppAddr of another domain
  'userless', // one xmppAddr without localpart
  'malformed', // at least one xmppAddr that is no JID
  'cn', // no xmppAddr, a common name that can be a localpart
  'cn-jid', // no xmppAddr, a common name that is a bare JID of the stream's domain
  'cn-two', // no xmppAddr, two common names
  'cn-bad', // no xmppAddr, a common name that can be no part of a JID
  'cn-far', // no xmppAddr, a common name that is a bare JID of another domain
  'nameless', // no xmppAddr, no common name
] as const

/** A way to hold identities. */
export type Shape = (typeof shapes)[number]

/** One certificate of the full product, or `(none)`: the client presents nothing. */
export interface Subject {
  readonly certificate: CatalogueName | '(none)'
  readonly shape: Shape
  /** The bare JID that the certificate is about, from which authorization identities are made. */
  readonly jid: string
  /** The stream's domain. */
  readonly host: string
}

const subject = (
  certificate: Subject['certificate'],
  shape: Shape,
  jid = `alice@${domain}`,
  host = domain,
): Subject => ({
  certificate,
  shape,
  jid,
  host,
})

/** Certificates that go through the full product with authorization identities, policies, modes and doors. */
export const subjects: readonly Subject[] = [
  subject('one', 'one'),
  subject('two', 'two'),
  subject('two-one-foreign', 'two'),
  subject('nameless', 'nameless'),
  subject('none', 'cn'),
  subject('duplicate-address', 'one'),
  subject('duplicate-address-other-case', 'one'),
  subject('foreign-domain', 'foreign', 'alice@foreign.example'),
  subject('upper-case', 'one'),
  subject('idn-localpart', 'one', `jürgen@${domain}`),
  subject('idn-domain', 'one', `alice@${idnDomain}`, idnDomain),
  subject('full-jid', 'one'),
  subject('domain-only', 'userless'),
  subject('malformed-address', 'malformed'),
  subject('wrong-oid', 'cn'),
  subject('upn-only', 'cn'),
  subject('cn-nul', 'cn-bad'),
  subject('cn-several', 'cn-two'),
  subject('cn-simple', 'cn'),
  subject('cn-jid', 'cn-jid'),
  subject('cn-foreign-jid', 'cn-far'),
  subject('address-other-than-cn', 'one'),
  subject('expired', 'one'),
  subject('not-yet-valid', 'one'),
  subject('eku-server-only', 'one'),
  subject('unknown-critical-extension', 'one'),
  subject('san-critical', 'one'),
  subject('unknown-ca', 'one'),
  subject('self-signed', 'one'),
  subject('rsa-2048', 'one'),
  subject('p-256', 'one'),
  subject('ed25519', 'one'),
  subject('(none)', 'nameless'),
]

/** Certificates that are in no other way remarkable than in their chain or form: one login each, as alice. */
export const alsoOne: readonly CatalogueName[] = [
  'many-names',
  'empty-subject',
  'eku-client',
  'eku-client-and-server',
  'eku-none',
  'key-usage-none',
  'unknown-extension',
  'p-384',
  'p-521',
  'signed-by-rsa',
  'signed-by-rsa-pss',
  'signed-by-ed25519',
  'intermediate',
  'intermediate-and-root',
  'intermediate-with-unrelated',
  'two-intermediates',
  'two-intermediates-reversed',
  'name-constraint-kept',
]

/** Further certificates about names, by their shape; one pass through the authorization identities each. */
export const alsoNamed: readonly Subject[] = [
  subject('bob', 'one', `bob@${domain}`),
  subject('malformed-address-empty', 'malformed'),
  subject('malformed-address-nul', 'malformed'),
  subject('malformed-address-utf8', 'malformed'),
  subject('malformed-address-ia5', 'malformed'),
  subject('malformed-second-address', 'malformed'),
  subject('version-1', 'cn'),
  subject('email-only', 'cn'),
  subject('cn-upper-case', 'cn'),
  subject('cn-several-one-rdn', 'cn-two'),
  subject('cn-bmp-string', 'cn'),
  subject('cn-printable-string', 'cn'),
]

/** Chains that every mode refuses for the same reason. Whatever is not listed here or below is acceptable in both modes. */
export const refusedChains: Readonly<Partial<Record<MatrixReason, readonly Subject['certificate'][]>>> = {
  'certificate-missing': ['(none)'],
  'certificate-unreadable': ['duplicate-san'],
  'chain-expired': ['expired', 'self-signed-expired', 'intermediate-expired'],
  'chain-not-yet-valid': ['not-yet-valid', 'self-signed-not-yet-valid'],
  'chain-wrong-usage': [
    'eku-server-only',
    'eku-any-only',
    'key-usage-without-signature',
    'ca-leaf',
    'self-signed-eku-server-only',
    'intermediate-server-only',
  ],
  'chain-unknown-critical-extension': ['unknown-critical-extension'],
  'chain-bad-signature': ['bad-signature', 'self-signed-bogus-signature', 'intermediate-bad-signature'],
  'chain-weak': ['rsa-1024', 'sha1-signature'],
  'chain-unknown-ca': ['unknown-ca', 'unknown-ca-root-sent', 'impostor-ca', 'intermediate-missing'],
  'chain-path-too-long': ['path-length-exceeded'],
  'chain-not-a-ca': ['issued-by-non-ca', 'issued-by-ca-without-cert-sign'],
  'chain-name-constraint': ['name-constraint-violation', 'name-constraint-on-address'],
}

/** Good but self-signed: acceptable to `selfsigned_peer` only. */
export const selfSignedOnly: readonly Subject['certificate'][] = ['self-signed', 'self-signed-rsa']

/** Why a mode refuses a certificate, or null when it takes it. */
export function refusalOf(
  certificate: Subject['certificate'],
  verifyMode: 'none' | 'peer' | 'selfsigned_peer',
): MatrixReason | null {
  if (verifyMode === 'none') return 'certificate-not-requested'
  for (const [reason, certificates] of Object.entries(refusedChains)) {
    if (certificates.includes(certificate)) return reason as MatrixReason
  }
  return verifyMode === 'peer' && selfSignedOnly.includes(certificate) ? 'chain-self-signed' : null
}
