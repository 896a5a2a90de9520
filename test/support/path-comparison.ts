/** Holds our path validation to OpenSSL's over random chains. */

import { parseCertificate } from '../../src/certificate/facts.ts'
import { type PathVerdict, validatePath } from '../../src/trust/path-validation.ts'
import { readTrustStore } from '../../src/trust/trust-store.ts'
import { type RandomChain, randomChains } from './pki/random-chains.ts'
import { type TlsOracle, unsendable } from './tls-oracle.ts'

/** How the two compared. */
export interface ComparisonReport {
  /** Chains that both took. */
  readonly trusted: number
  /** Chains that both refused. */
  readonly refused: number
  /** Chains that only we refused, for a reason that is on the list. */
  readonly stricter: number
  /** Chains that we took and OpenSSL did not: each is a defect. */
  readonly looser: readonly string[]
  /** Chains that only we refused, for no listed reason. */
  readonly unexplained: readonly string[]
}

/** Our answer in one line: `trusted`, `self-signed`, or the refusal. */
type Answer = string

/** Where we are stricter, on purpose. */
const stricterOnPurpose: readonly RegExp[] = [
  /^chain-wrong-usage: .* is a CA certificate/,
  /^chain-wrong-usage: .* may not sign \(keyUsage\)/,
  /^chain-unknown-critical-extension: .*2\.16\.840\.1\.113730\.1\.1/,
  /^chain-malformed: .* delegates IP address blocks/,
  /^chain-name-constraint: .* cannot be compared with/,
  /^store: .* basicConstraints/,
  /^store: .*may not sign certificates/,
  /^store: the signature of .* is not by the key of/,
  /^store: the file holds intermediate CAs only/,
  // DER that OpenSSL reads although it is none.
  /^unreadable/,
  /^store: the certificate cannot be read/,
  /^chain-malformed: .*: (nameConstraints|cRLDistributionPoints|authorityKeyIdentifier|nsCertType): /,
  // OpenSSL looks at neither the signature of a self-signed certificate nor its algorithm.
  /^chain-bad-signature: the signature of (".*") is not by the key of \1$/,
  /^chain-weak: "CN=Alice": its signature is/,
]

/** Compares `count` chains of a seed; each is a real handshake, so a thousand take some seconds. */
export async function compareWithOpenSsl(oracle: TlsOracle, seed: number, count: number): Promise<ComparisonReport> {
  const tally = { trusted: 0, refused: 0, stricter: 0 }
  const looser: string[] = []
  const unexplained: string[] = []
  for (const chain of randomChains(seed, count)) {
    const objection = await oracle.ask(chain.trusted, chain)
    const answer = answerOf(chain)
    const line = `${chain.what} | ours: ${answer} | OpenSSL: ${objection === null ? 'none' : `${objection.code} ${objection.message}`}`
    const isTaken = answer === 'trusted' || answer === 'self-signed'
    const isTakenByOpenSsl = objection === null || objection.code === 'DEPTH_ZERO_SELF_SIGNED_CERT'
    // An extra certificate that OpenSSL cannot load; ours pass it over, and the path has none such in it.
    if (isTaken && objection?.code === unsendable) tally.stricter += 1
    else if (isTaken) {
      const isSame = (answer === 'trusted') === (objection === null)
      if (isTakenByOpenSsl && isSame) tally.trusted += 1
      else looser.push(line)
    } else if (!isTakenByOpenSsl) tally.refused += 1
    else if (stricterOnPurpose.some((reason) => reason.test(answer))) tally.stricter += 1
    else unexplained.push(line)
  }
  return { ...tally, looser, unexplained }
}

function answerOf(chain: RandomChain): Answer {
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

function wordsOf(verdict: PathVerdict): Answer {
  return verdict.kind === 'untrusted' ? `${verdict.code}: ${verdict.text}` : verdict.kind
}
