/** Reads the answers of the JSON form; whatever is not exactly an answer is none. */

import { type BareJid, parseJid } from '../../../jid/jid.ts'
import { fail, ok, type Result } from '../../../result.ts'
import type { HttpReply } from './pool.ts'

/** What a service may answer. */
export type JsonAnswer =
  /** `jid`: who is let in, when it is another account than the claimed one. */
  | { readonly kind: 'allow'; readonly jid: BareJid | null }
  | { readonly kind: 'deny'; readonly why: string }
  | { readonly kind: 'unknown' }

/** Longest `reason`, UTF-16 units. */
export const maxReasonLength = 200

/** The answer in a reply to a question about `domain`, or a sentence on what is wrong with the reply. */
export function readAnswer(reply: HttpReply, domain: string): Result<JsonAnswer, string> {
  if (reply.status === 401 || reply.status === 403) {
    return fail(`the service answers ${reply.status}: it does not take our signature or our \`auth.http.basic_auth\``)
  }
  if (reply.status !== 200) return fail(`the service answers ${reply.status}`)
  const malformed = (why: string): Result<never, string> => fail(`the service answers amiss: ${why}`)
  if (reply.type !== 'application/json') return malformed('its content-type is not application/json')
  const value = parseObject(reply.body)
  if (value === null) return malformed('its body is not a JSON object')
  const { verdict, jid, reason } = value
  const unknownKey = Object.keys(value).find((key) => key !== 'verdict' && key !== 'jid' && key !== 'reason')
  if (unknownKey !== undefined) return malformed(`it has the key ${JSON.stringify(unknownKey.slice(0, 32))}`)
  if (reason !== undefined && !isReason(reason)) {
    return malformed(`its reason is no text of at most ${maxReasonLength} printable characters`)
  }
  if (jid !== undefined && verdict !== 'allow') return malformed('it has a jid without allowing the login')
  switch (verdict) {
    case 'allow': {
      const account = jid === undefined ? ok(null) : readAccount(jid, domain)
      return account.ok ? ok({ kind: 'allow', jid: account.value }) : malformed(account.error)
    }
    case 'deny':
      return ok({ kind: 'deny', why: reason ?? 'the service gives no reason' })
    case 'unknown':
      return ok({ kind: 'unknown' })
    default:
      return malformed('its verdict is not "allow", "deny" or "unknown"')
  }
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isReason(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= maxReasonLength &&
    value.isWellFormed() &&
    !/[\p{Cc}\p{Cf}]/u.test(value)
  )
}

/** A stream speaks for one domain: an account of another would be out of everybody's sight. */
function readAccount(value: unknown, domain: string): Result<BareJid, string> {
  const parsed = typeof value === 'string' ? parseJid(value) : null
  if (parsed === null || !parsed.ok) return fail('its jid is none')
  const { local, resource } = parsed.value
  if (local === null || resource !== null) return fail('its jid is not a bare JID with a user')
  return parsed.value.domain === domain ? ok({ local, domain }) : fail(`its jid is not of the domain ${domain}`)
}
