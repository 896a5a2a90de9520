/** The throttle that all listeners share, and that a reload keeps while its options stay the same. */

import { createThrottle, type ThrottleOptions } from './auth/throttle.ts'
import { addressKey } from './listener/address-key.ts'
import { createLoginThrottle, type LoginThrottle } from './sasl/login-throttle.ts'

/** The throttle for these options: the one in force, or a new one that has seen nothing where they changed. */
export type ThrottleShift = (options: ThrottleOptions | null) => LoginThrottle | null

/** A shift that has made no throttle yet. `now` in milliseconds since the epoch. */
export function createThrottleShift(now: () => number): ThrottleShift {
  let inForce: { readonly key: string; readonly throttle: LoginThrottle | null } | null = null
  return (options) => {
    const key = JSON.stringify(options)
    if (inForce?.key === key) return inForce.throttle
    const throttle = options === null ? null : createLoginThrottle(createThrottle(options), addressKey, now)
    inForce = { key, throttle }
    return throttle
  }
}
