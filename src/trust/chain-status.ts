/** Brings the verdict of OpenSSL's handshake and our own path validation together: a certificate needs both. */

import type { ChainStatus } from '../certificate/channel.ts'
import type { PeerCertificate } from '../certificate/facts.ts'
import type { ReasonCode } from '../observe/reasons.ts'
import { type ValidatePath, validatePath } from './path-validation.ts'
import type { TrustStore } from './trust-store.ts'

/** What OpenSSL said in the handshake (`verifyError()`, null for no objection); or that there was no handshake. */
export type OpenSslVerdict =
  | { readonly asked: true; readonly error: { readonly code: string; readonly message: string } | null }
  | { readonly asked: false }

/** The one code that a self-signed certificate may have in the handshake: it says that nothing else is wrong. */
const selfSignedCode = 'DEPTH_ZERO_SELF_SIGNED_CERT'

const codesOfOpenSsl: ReadonlyMap<string, ReasonCode> = new Map([
  ['CERT_HAS_EXPIRED', 'chain-expired'],
  ['CERT_NOT_YET_VALID', 'chain-not-yet-valid'],
  ['CERT_SIGNATURE_FAILURE', 'chain-bad-signature'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'chain-self-signed'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'chain-unknown-ca'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'chain-unknown-ca'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'chain-unknown-ca'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'chain-unknown-ca'],
  ['CERT_CHAIN_TOO_LONG', 'chain-path-too-long'],
  ['PATH_LENGTH_EXCEEDED', 'chain-path-too-long'],
  ['INVALID_CA', 'chain-not-a-ca'],
  ['INVALID_PURPOSE', 'chain-wrong-usage'],
])

/**
 * The status of a chain. Trusted only if OpenSSL had no objection (or was not asked) and path validation agrees;
 * self-signed only if both call it exactly that. A refusal of ours is named by our code, else one of OpenSSL's by the
 * code that fits it.
 */
export function judgeChain(
  leaf: PeerCertificate,
  extra: readonly PeerCertificate[],
  store: TrustStore,
  now: number,
  openssl: OpenSslVerdict,
  validate: ValidatePath = validatePath,
): ChainStatus {
  const verdict = validate({ leaf, extra, store, now })
  const objection = openssl.asked ? openssl.error : null
  switch (verdict.kind) {
    case 'untrusted':
      return { kind: 'untrusted', code: verdict.code, text: verdict.text }
    case 'trusted':
      if (objection !== null) return refusedByOpenSsl(objection)
      return { kind: 'trusted', chain: verdict.chain.map(({ der }) => der) }
    case 'self-signed':
      if (!openssl.asked || objection?.code === selfSignedCode) return { kind: 'self-signed' }
      if (objection !== null) return refusedByOpenSsl(objection)
      // The two must not differ in this direction; if they ever do, nobody is let in.
      return { kind: 'untrusted', code: 'chain-unknown-ca', text: 'no path leads from the certificate to a trusted CA' }
  }
}

function refusedByOpenSsl({ code, message }: { readonly code: string; readonly message: string }): ChainStatus {
  // Node appends advice on its own command line, which is none of the operator's business.
  const text = `OpenSSL: ${message.split('; if the root CA')[0]} (${code})`
  return { kind: 'untrusted', code: codesOfOpenSsl.get(code) ?? 'chain-refused-by-tls', text }
}
