/** Judges a certificate as a listener would, without a connection: the very code that the server runs. */

import { createTrustedNames, type PatternReport } from './auth/trusted-names.ts'
import type { ChainStatus, Channel, Peer } from './certificate/channel.ts'
import { type CertificateFault, type PeerCertificate, parseCertificate } from './certificate/facts.ts'
import { composeAuthority, composeMechanisms } from './compose.ts'
import { type BackendSet, composeBackends } from './compose-backends.ts'
import { inForce } from './in-force.ts'
import { clientTrustOf, type ListenerOptions } from './listener/listener-options.ts'
import type { Decision } from './observe/decision.ts'
import { silentLog } from './observe/log.ts'
import type { SignetOptions } from './options.ts'
import { fail, ok, type Result } from './result.ts'
import { startAttempt } from './sasl/attempt.ts'
import { admit, admittedMechanisms } from './sasl/certificate-policy.ts'
import { readTrust } from './transport/tls-material.ts'
import { judgeChain } from './trust/chain-status.ts'
import { type PathVerdict, validatePath } from './trust/path-validation.ts'
import { parsePem } from './trust/pem.ts'

/** What to judge. */
export interface ExplainQuery {
  /** PEM: the client's certificate first, then what it would send along, in any order. */
  readonly pem: string
  /** The authorization identity the client would ask for; null for none. */
  readonly authzid: string | null
  /** The domain the client would connect to, prepared. */
  readonly domain: string
  readonly listener: ListenerOptions
  readonly options: SignetOptions
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Everything that was found on the way to the decision. */
export interface Explanation {
  readonly decision: Decision
  /** Null when the certificate cannot be read. */
  readonly certificate: PeerCertificate | null
  readonly fault: CertificateFault | null
  /** What path validation said; null where there is nothing to validate. */
  readonly path: PathVerdict | null
  /** Every pattern of the trusted names in force, tried; at most `maxReports`. */
  readonly patterns: readonly PatternReport[]
  /** Certificates of the file that no path needed. */
  readonly extras: readonly PeerCertificate[]
}

/** Time that backends get, milliseconds. */
const explainMs = 10_000

/** Explains what the listener would do. Fails, with a sentence, only when the file holds no certificate. */
export async function explain(query: ExplainQuery): Promise<Result<Explanation, string>> {
  const blocks = parsePem(query.pem)
  if (!blocks.ok) return fail(blocks.error.map(({ line, text }) => `line ${line}: ${text}`).join('; '))
  const [first, ...rest] = blocks.value.filter((block) => block.label === 'CERTIFICATE').map((block) => block.der)
  if (first === undefined) return fail('the file holds no certificate (-----BEGIN CERTIFICATE-----)')
  const trust = await readTrust(clientTrustOf(query.listener))
  const leaf = parseCertificate(first)
  const extras = rest.map(parseCertificate).flatMap((read) => (read.ok ? [read.value] : []))
  const path = leaf.ok ? validatePath({ leaf: leaf.value, extra: extras, store: trust, now: query.now }) : null
  const peer = leaf.ok
    ? peerOf(leaf.value, judgeChain(leaf.value, extras, trust, query.now, { asked: false }))
    : ({ kind: 'unreadable', sha256: '', fault: leaf.error } as const)
  return ok({
    decision: await decide(query, peer),
    certificate: leaf.ok ? leaf.value : null,
    fault: leaf.ok ? null : leaf.error,
    path,
    patterns: peer.kind === 'certificate' ? patternsFor(query, peer.certificate, peer.chain) : [],
    extras: extras.filter(
      (extra) => path?.kind !== 'trusted' || !path.chain.some(({ sha256 }) => sha256 === extra.sha256),
    ),
  })
}

function patternsFor(
  { options, listener, domain }: ExplainQuery,
  certificate: PeerCertificate,
  chain: ChainStatus,
): readonly PatternReport[] {
  const { trustedNames } = inForce(options, listener, domain).auth
  return createTrustedNames(trustedNames)?.report(certificate, chain) ?? []
}

function peerOf(certificate: PeerCertificate, chain: ChainStatus): Extract<Peer, { kind: 'certificate' }> {
  return { kind: 'certificate', certificate, chain }
}

async function decide(query: ExplainQuery, peer: Peer): Promise<Decision> {
  await using backends = composeBackends(query.options, new Map(), silentLog)
  return await decideWith(query, peer, backends)
}

async function decideWith(
  { listener, options, domain, authzid }: ExplainQuery,
  peer: Peer,
  backends: BackendSet,
): Promise<Decision> {
  const channel: Channel = {
    transport: 'tcp',
    remote: 'offline',
    tls: { version: 'offline', cipher: 'offline', resumed: false, serverName: null },
    peer: clientTrustOf(listener).verifyMode === 'none' ? { kind: 'none' } : peer,
  }
  const terms = inForce(options, listener, domain)
  const admission = admit(terms.certificates, channel)
  const scene = {
    listener: listener.name,
    transport: 'offline',
    channel,
    verifyMode: admission.verifyMode,
    domain,
    from: null,
    mechanisms: admittedMechanisms(composeMechanisms(terms.auth), admission),
    authority: composeAuthority(terms, listener.name, backends),
  } as const
  const attempt = startAttempt(scene, 'EXTERNAL', async () => ok(null))
  const deadline = performance.now() + explainMs
  const call = { deadline, signal: AbortSignal.timeout(explainMs) }
  const step = await attempt.step(authzid === null ? null : new TextEncoder().encode(authzid), call)
  return step.kind === 'challenge' ? attempt.deny('internal-fault', 'EXTERNAL asked back') : step.decision
}
