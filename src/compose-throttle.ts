/** The throttle that all listeners share, and that a reload keeps while its options stay the same. */

import {
  createThrottle,
  type Throttle,
  type ThrottleAnswer,
  type ThrottleKind,
  type ThrottleOptions,
} from './auth/throttle.ts'
import { addressKey } from './listener/address-key.ts'
import type { Metrics } from './observe/metrics.ts'
import { createLoginThrottle, type LoginThrottle } from './sasl/login-throttle.ts'

/** Hands out throttles, and remembers which one is in force. */
export interface ThrottleShift {
  /** The throttle for these options: the one in force, or a new one that has seen nothing where they changed. */
  of(options: ThrottleOptions | null): LoginThrottle | null
  /** Puts the throttle for these options in force; a configuration that was refused has left the old one as it was. */
  take(options: ThrottleOptions | null): void
  /** Locks in force, by what is locked. */
  locks(): Readonly<Record<ThrottleKind, number>>
}

interface Made {
  readonly key: string
  readonly counts: Throttle | null
  readonly throttle: LoginThrottle | null
}

const noLocks = { address: 0, certificate: 0, account: 0 }

/** A shift that has made no throttle yet. `now` in milliseconds since the epoch. */
export function createThrottleShift(now: () => number, metrics: Metrics): ThrottleShift {
  let inForce: Made | null = null
  let next: Made | null = null
  const made = (options: ThrottleOptions | null): Made => {
    const key = JSON.stringify(options)
    const known = [inForce, next].find((one) => one?.key === key)
    if (known) return known
    const counts = options && createThrottle(options)
    const throttle = counts && countDelays(createLoginThrottle(counts, addressKey, now), metrics)
    next = { key, counts, throttle }
    return next
  }
  return {
    of: (options) => made(options).throttle,
    take: (options) => {
      inForce = made(options)
      next = null
    },
    locks: () => inForce?.counts?.locks(now()) ?? noLocks,
  }
}

function countDelays(throttle: LoginThrottle, metrics: Metrics): LoginThrottle {
  const counted = (answer: ThrottleAnswer): ThrottleAnswer => {
    if (answer.kind === 'slow') metrics.loginDelayed(answer.delayMs)
    return answer
  }
  return {
    passwords: { toll: (account) => counted(throttle.passwords.toll(account)), lock: throttle.passwords.lock },
    before: (scene, mechanism) => counted(throttle.before(scene, mechanism)),
    after: throttle.after,
  }
}
