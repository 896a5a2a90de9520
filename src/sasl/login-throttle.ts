/** Throttling as login attempts see it: asked before anything is judged, told how each attempt ended. */

import type { NewLock, Throttle, ThrottleAnswer, ThrottleKeys } from '../auth/throttle.ts'
import type { Channel } from '../certificate/channel.ts'
import { type BareJid, formatBare } from '../jid/jid.ts'
import type { Decision } from '../observe/decision.ts'
import { conditionOf, type ReasonCode } from '../observe/reasons.ts'
import type { AttemptScene, PasswordThrottle } from './scene.ts'

/** What the stream asks and tells. */
export interface LoginThrottle {
  readonly passwords: PasswordThrottle
  /** Before the attempt: go on, wait, or refuse. */
  before(scene: AttemptScene, mechanism: string): ThrottleAnswer
  /** After the attempt, with the account that it claimed, if it came so far. */
  after(scene: AttemptScene, decision: Decision, claimed: BareJid | null): readonly NewLock[]
}

/** The reasons of locks, by what is locked. */
export const lockReasons = {
  address: 'throttled-address',
  certificate: 'throttled-certificate',
  account: 'throttled-account',
} as const satisfies Record<string, ReasonCode>

/** What is not the client's failing, or tries nothing out, or is only the answer to a lock, counts for nothing. */
const harmless: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'exchange-aborted',
  'mechanism-unknown',
  'tls-required',
  'certificate-missing',
  'certificate-not-requested',
])

/**
 * A throttle for logins. `addressKey` gives the counted part of a remote address; `now` is in milliseconds since the
 * epoch.
 */
export function createLoginThrottle(
  throttle: Throttle,
  addressKey: (address: string) => string,
  now: () => number,
): LoginThrottle {
  const keysOf = (channel: Channel): ThrottleKeys => ({
    address: addressKey(channel.remote.slice(0, channel.remote.lastIndexOf(':'))),
    certificate: channel.peer.kind === 'certificate' ? channel.peer.certificate.sha256 : null,
    account: null,
  })
  return {
    passwords: {
      toll: (account) => throttle.answer({ address: null, certificate: null, account: formatBare(account) }, now()),
      lock: (channel, account) => {
        const answer = throttle.answer({ ...keysOf(channel), account: formatBare(account) }, now())
        return answer.kind === 'locked' ? lockReasons[answer.by] : null
      },
    },
    before: (scene, name) => {
      const keys = keysOf(scene.channel)
      const mechanism = scene.mechanisms.find((candidate) => candidate.name === name)
      // Whoever has a good certificate has nothing to try out: neighbours at its address cannot lock it out.
      const isProven = mechanism?.evidence === 'certificate' && mechanism.refusal(scene) === null
      return throttle.answer(isProven ? { ...keys, address: null } : keys, now())
    },
    after: ({ channel }, { outcome }, claimed) => {
      const keys = { ...keysOf(channel), account: claimed === null ? null : formatBare(claimed) }
      if (outcome.kind === 'allow') {
        // Who comes by certificate takes nothing back of what others try with passwords.
        throttle.succeeded(outcome.via === 'password' ? keys : { ...keys, account: null })
        return []
      }
      const isTechnical = conditionOf(outcome.code) === 'temporary-auth-failure'
      return isTechnical || harmless.has(outcome.code) ? [] : throttle.failed(keys, now())
    },
  }
}
