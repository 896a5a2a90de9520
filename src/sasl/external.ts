/** SASL EXTERNAL (RFC 4422 appendix A) over a client certificate, as XEP-0178 §2 wants it. */

import { certificateRefusal, certificateRefusalText } from '../certificate/channel.ts'
import { holdsControlCharacter } from '../certificate/control-characters.ts'
import { type IdentityRule, identify } from '../certificate/identity.ts'
import { type BareJid, bareOf, parseJid } from '../jid/jid.ts'
import type { ReasonCode } from '../observe/reasons.ts'
import { fail, ok, type Result } from '../result.ts'
import type { Mechanism, MechanismContext, MechanismStep } from './mechanism.ts'

/** An authorization identity longer than this is none (RFC 7622 §3: three parts of at most 1023 bytes). */
export const maxAuthzidBytes = 3 * 1023 + 2

/** EXTERNAL whose identity is read from the certificate by `rules`, in this order. */
export function createExternal(rules: readonly IdentityRule[]): Mechanism {
  return {
    name: 'EXTERNAL',
    evidence: 'certificate',
    refusal: (context) => certificateRefusal(context.channel, context.verifyMode),
    start: (context) => ({ step: (response) => stepExternal(rules, context, response) }),
  }
}

/**
 * The whole mechanism: one response, one answer. An absent and an empty response both mean "no
 * authorization identity"; no empty challenge is sent for the absent one, since several clients cannot answer it.
 */
function stepExternal(
  rules: readonly IdentityRule[],
  context: MechanismContext,
  response: Uint8Array | null,
): MechanismStep {
  const { channel, verifyMode, domain } = context
  const refusal = certificateRefusal(channel, verifyMode)
  const { peer } = channel
  if (refusal !== null || peer.kind !== 'certificate') {
    return failure(refusal ?? 'certificate-missing', certificateRefusalText(channel), null)
  }
  const authzid = readAuthzid(response)
  if (!authzid.ok) return failure(authzid.error.code, authzid.error.why, authzid.error.text)
  const shown = authzid.value?.text ?? null
  const found = identify(rules, { certificate: peer.certificate, authzid: authzid.value?.jid ?? null, domain })
  if (found.kind === 'refuse') {
    return { kind: 'fail', code: found.code, why: found.why, authzid: shown, identity: found.steps }
  }
  const claim = {
    kind: 'certificate',
    jid: found.jid,
    via: found.via,
    certificate: peer.certificate,
    chain: peer.chain,
    ...(found.isStandIn && { open: { wanted: authzid.value?.jid ?? null } }),
  } as const
  return { kind: 'claim', claim, authzid: shown, identity: found.steps }
}

function failure(code: ReasonCode, why: string, authzid: string | null): MechanismStep {
  return { kind: 'fail', code, why, authzid, identity: [] }
}

interface AuthzidFault {
  readonly code: ReasonCode
  readonly why: string
  readonly text: string | null
}

/** What the record may show of a text that is no JID: the responses of other mechanisms hold secrets between control characters. */
function shownText(text: string): string | null {
  return holdsControlCharacter(text) ? null : text
}

/** RFC 6120 §6.3.8: for a client the authorization identity is a bare JID; a resource, which some clients send, is ignored. */
function readAuthzid(response: Uint8Array | null): Result<{ jid: BareJid; text: string } | null, AuthzidFault> {
  if (response === null || response.length === 0) return ok(null)
  if (response.length > maxAuthzidBytes) {
    return fail({ code: 'response-too-long', why: `${response.length} bytes`, text: null })
  }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(response)
  } catch {
    return fail({ code: 'authzid-malformed', why: 'not UTF-8', text: null })
  }
  const parsed = parseJid(text)
  if (!parsed.ok) return fail({ code: 'authzid-malformed', why: parsed.error.why, text: shownText(text) })
  const jid = bareOf(parsed.value)
  return jid === null ? fail({ code: 'authzid-malformed', why: 'it has no localpart', text }) : ok({ jid, text })
}
