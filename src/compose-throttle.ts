/** The throttle that all listeners share, and that a reload keeps while its options stay the same. */

import { createThrottle, type ThrottleOptions } from './auth/throttle.ts'
import { addressKey } from './listener/address-key.ts'
import { createLoginThrottle, type LoginThrottle } from './sasl/login-throttle.ts'

/** Hands out throttles, and remembers which one is in force. */
export interface ThrottleShift {
  /** The throttle for these options: the one in force, or a new one that has seen nothing where they changed. */
  of(options: ThrottleOptions | null): LoginThrottle | null
  /** Puts the throttle for these options in force; a configuration that was refused has left the old one as it was. */
  take(options: ThrottleOptions | null): void
}

interface Made {
  readonly key: string
  readonly throttle: LoginThrottle | null
}

/** A shift that has made no throttle yet. `now` in milliseconds since the epoch. */
export function createThrottleShift(now: () => number): ThrottleShift {
  let inForce: Made | null = null
  let next: Made | null = null
  const made = (options: ThrottleOptions | null): Made => {
    const key = JSON.stringify(options)
    const known = [inForce, next].find((one) => one?.key === key)
    if (known) return known
    next = { key, throttle: options && createLoginThrottle(createThrottle(options), addressKey, now) }
    return next
  }
  return {
    of: (options) => made(options).throttle,
    take: (options) => {
      inForce = made(options)
      next = null
    },
  }
}
