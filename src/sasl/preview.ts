/**
 * What SASL EXTERNAL would make of a connection's certificate, told without an attempt: the same policy, chain verdict and
 * rules of identity, up to the point where backends would be asked. It logs nobody in, opens nothing and has no record.
 */

import { certificateRefusal, certificateRefusalText } from '../certificate/channel.ts'
import { attributeValues, commonNameOid } from '../certificate/distinguished-name.ts'
import type { PeerCertificate } from '../certificate/facts.ts'
import { bareOf, formatBare, parseJid } from '../jid/jid.ts'
import type { IdentityStep } from '../observe/decision.ts'
import type { ReasonCode } from '../observe/reasons.ts'
import type { Mechanism, MechanismContext, MechanismStep } from './mechanism.ts'

/** What it comes to. Whoever is asked for at the login, and the backends, still decide then. */
export type Preview =
  /** No certificate came. */
  | { readonly kind: 'none' }
  /** EXTERNAL is not on offer here. */
  | { readonly kind: 'closed' }
  /** Accounts that the certificate stands for, as bare JIDs; at least one. More than one: the client must say which. */
  | { readonly kind: 'accounts'; readonly accounts: readonly string[]; readonly identity: readonly IdentityStep[] }
  /** A backend says whose the certificate is, once there is a login. */
  | { readonly kind: 'open'; readonly identity: readonly IdentityStep[] }
  /** The client must name an account, and whether it may have it shows only then. */
  | { readonly kind: 'ask'; readonly identity: readonly IdentityStep[] }
  /** No login would come of it. `why` is what was found, in words; empty when the code says it all. */
  | {
      readonly kind: 'refused'
      readonly code: ReasonCode
      readonly why: string
      readonly identity: readonly IdentityStep[]
    }

/** Names of a certificate that are tried when it holds several. */
const maxCandidates = 16

/** Judges a connection behind TLS; `external` is null where the mechanism is not on offer. */
export function previewExternal(external: Mechanism | null, context: MechanismContext): Preview {
  if (external === null || context.verifyMode === 'none') return { kind: 'closed' }
  const { channel, verifyMode } = context
  const { peer } = channel
  if (peer.kind === 'none') return { kind: 'none' }
  const refusal = certificateRefusal(channel, verifyMode)
  if (refusal !== null || peer.kind !== 'certificate') {
    const why = certificateRefusalText(channel)
    return { kind: 'refused', code: refusal ?? 'certificate-missing', why, identity: [] }
  }
  const step = external.start(context).step(null)
  switch (step.kind) {
    case 'claim':
      return afterClaim(step)
    case 'fail':
      return afterFailure(external, context, peer.certificate, step)
    case 'challenge':
    case 'lookup':
    case 'proved':
      return { kind: 'closed' }
  }
}

function afterClaim({ claim, identity }: Extract<MechanismStep, { kind: 'claim' }>): Preview {
  if (claim.kind === 'certificate' && claim.open !== undefined) return { kind: 'open', identity }
  return { kind: 'accounts', accounts: [formatBare(claim.jid)], identity }
}

/** Some certificates are good for whoever says who they are: then it is asked who they can be. */
function afterFailure(
  external: Mechanism,
  context: MechanismContext,
  certificate: PeerCertificate,
  { code, why, identity }: Extract<MechanismStep, { kind: 'fail' }>,
): Preview {
  if (code === 'authzid-missing') return { kind: 'ask', identity }
  if (code !== 'authzid-required') return { kind: 'refused', code, why, identity }
  const accounts = candidatesOf(certificate, context.domain).filter((jid) => {
    const step = external.start(context).step(new TextEncoder().encode(jid))
    return step.kind === 'claim' && formatBare(step.claim.jid) === jid
  })
  return accounts.length === 0 ? { kind: 'refused', code, why, identity } : { kind: 'accounts', accounts, identity }
}

/** Names that a certificate may be asked for by, each once. */
function candidatesOf({ names, subject }: PeerCertificate, domain: string): readonly string[] {
  const commonNames = attributeValues(subject, commonNameOid).flatMap((name) => {
    const parsed = name === null ? null : parseJid(`${name}@${domain}`)
    return parsed?.ok === true ? [parsed.value] : []
  })
  const all = [...names.xmppAddr.flatMap(({ jid }) => jid ?? []), ...commonNames]
  const bare = all.flatMap((jid) => bareOf(jid) ?? []).map(formatBare)
  return [...new Set(bare)].slice(0, maxCandidates)
}
