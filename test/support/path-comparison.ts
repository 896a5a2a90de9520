/** Holds our path validation to OpenSSL's over random chains. */

import { parseCertificate } from '../../src/certificate/facts.ts'
import { type PathVerdict, validatePath } from '../../src/trust/path-validation.ts'
import { readTrustStore } from '../../src/trust/trust-store.ts'
import { type RandomChain, randomChains } from './pki/random-chains.ts'
import { type Objection, type TlsOracle, unsendable } from './tls-oracle.ts'

/** What OpenSSL makes of a chain; `unsendable` when it cannot load one of the certificates, so that nobody can send them with it. */
export type OpenSslAnswer = 'trusted' | 'self-signed' | 'refused' | 'unsendable'

/** How the two compare on one chain. */
export type Agreement =
  | { readonly kind: 'taken' | 'refused' }
  /** We take the path, and there is no handshake to compare it with: OpenSSL cannot load a certificate beside it. */
  | { readonly kind: 'no-handshake' }
  /** Only we refuse, for a reason that is on the list. */
  | { readonly kind: 'stricter'; readonly reason: string }
  /** We take it, and OpenSSL does not, or takes it for something else: a defect. */
  | { readonly kind: 'looser' }
  /** Only we refuse, for no listed reason: a defect of the list, or ours. */
  | { readonly kind: 'unexplained' }

/** How the two compared on many. */
export interface ComparisonReport {
  readonly trusted: number
  readonly refused: number
  readonly stricter: number
  /** Described, one line each. */
  readonly looser: readonly string[]
  readonly unexplained: readonly string[]
}

/** Where we are stricter, on purpose; docs/path-validation.md says why. */
export const stricterOnPurpose: readonly { readonly reason: string; readonly matches: RegExp }[] = [
  { reason: "a CA certificate as a user's", matches: /^chain-wrong-usage: .* is a CA certificate/ },
  { reason: 'a leaf that may not sign (keyUsage)', matches: /^chain-wrong-usage: .* may not sign \(keyUsage\)/ },
  { reason: 'a critical nsCertType', matches: /^chain-unknown-critical-extension: .*2\.16\.840\.1\.113730\.1\.1/ },
  { reason: 'delegated addresses (RFC 3779)', matches: /^chain-malformed: .* delegates IP address blocks/ },
  {
    reason: 'a name that cannot be compared with a constraint',
    matches: /^chain-name-constraint: .* cannot be compared/,
  },
  { reason: 'trust store: not a CA (basicConstraints)', matches: /^store: .* (has no basicConstraints|is no CA \()/ },
  { reason: 'trust store: a CA that may not sign (keyUsage)', matches: /^store: .*may not sign certificates/ },
  { reason: 'trust store: a root with a false signature', matches: /^store: the signature of .* is not by the key of/ },
  { reason: 'trust store: no root', matches: /^store: the file holds intermediate CAs only/ },
  { reason: 'trust store: a certificate that is not DER', matches: /^store: the certificate cannot be read/ },
  { reason: 'a certificate that is not DER', matches: /^unreadable/ },
  {
    reason: 'a malformed extension',
    matches: /^chain-malformed: .*: (nameConstraints|cRLDistributionPoints|authorityKeyIdentifier|nsCertType): /,
  },
  {
    reason: 'a self-signed certificate with a false signature',
    matches: /^chain-bad-signature: the signature of (".*") is not by the key of \1$/,
  },
  { reason: 'a self-signed certificate with a weak signature', matches: /^chain-weak: "CN=Alice": its signature is/ },
]

/** Compares `count` chains of a seed; each is a real handshake, so a thousand take some seconds. */
export async function compareWithOpenSsl(oracle: TlsOracle, seed: number, count: number): Promise<ComparisonReport> {
  const tally = { trusted: 0, refused: 0, stricter: 0 }
  const looser: string[] = []
  const unexplained: string[] = []
  for (const chain of randomChains(seed, count)) {
    const objection = await oracle.ask(chain.trusted, chain)
    const ours = answerOf(chain)
    const line = `${chain.what} | ours: ${ours} | OpenSSL: ${objection === null ? 'none' : `${objection.code} ${objection.message}`}`
    switch (compareAnswers(ours, answerOfTls(objection)).kind) {
      case 'taken':
        tally.trusted += 1
        break
      case 'refused':
        tally.refused += 1
        break
      case 'stricter':
      case 'no-handshake':
        tally.stricter += 1
        break
      case 'looser':
        looser.push(line)
        break
      case 'unexplained':
        unexplained.push(line)
    }
  }
  return { ...tally, looser, unexplained }
}

/** Compares two answers on one chain. */
export function compareAnswers(ours: string, theirs: OpenSslAnswer): Agreement {
  if (ours === 'trusted' || ours === 'self-signed') {
    if (theirs === 'unsendable') return { kind: 'no-handshake' }
    return { kind: ours === theirs ? 'taken' : 'looser' }
  }
  if (theirs === 'refused' || theirs === 'unsendable') return { kind: 'refused' }
  const known = stricterOnPurpose.find(({ matches }) => matches.test(ours))
  return known === undefined ? { kind: 'unexplained' } : { kind: 'stricter', reason: known.reason }
}

/** What an objection in a handshake comes to: the one code of a self-signed certificate says that nothing else is wrong. */
export function answerOfTls(objection: Objection): OpenSslAnswer {
  if (objection === null) return 'trusted'
  if (objection.code === unsendable) return 'unsendable'
  return objection.code === 'DEPTH_ZERO_SELF_SIGNED_CERT' ? 'self-signed' : 'refused'
}

/** Our answer in one line: `trusted`, `self-signed`, or the refusal. */
export function answerOf(chain: RandomChain): string {
  const store = readTrustStore(chain.trusted.join(''), 'random.pem')
  if (!store.ok) return `store: ${store.error.map(({ text }) => text).join('; ')}`
  const [leaf, ...extra] = chain.sentDer.map(parseCertificate)
  if (leaf === undefined) return 'nothing sent'
  if (!leaf.ok) return `unreadable: ${leaf.error.field}: ${leaf.error.why}`
  // As the TLS door does it: an extra certificate that cannot be read is left out.
  const readable = extra.flatMap((parsed) => (parsed.ok ? [parsed.value] : []))
  const words = wordsOf(validatePath({ leaf: leaf.value, extra: readable, store: store.value, now: Date.now() }))
  const isGap = readable.length < extra.length && words.startsWith('chain-unknown-ca')
  return isGap ? `unreadable in the path: ${words}` : words
}

function wordsOf(verdict: PathVerdict): string {
  return verdict.kind === 'untrusted' ? `${verdict.code}: ${verdict.text}` : verdict.kind
}
