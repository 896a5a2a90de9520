/** Options of throttling (`[throttle]`): what repeated failures cost. */

import type { z } from 'zod'
import { flag, integer, section } from '../config/declare.ts'
import type { Place } from '../config/place.ts'
import type { ThrottleOptions } from './throttle.ts'

/** Longer waits would outlast the time that backends have for an attempt. */
const maxDelayMs = 8000

const counts = (free: number, max: number, of: string) => ({
  free_failures: integer({
    says: `Failed logins of ${of} that cost nothing; each further one doubles the wait before the next is judged.`,
    min: 0,
    max: 1_000_000,
    byDefault: free,
    unit: 'failures',
  }),
  max_failures: integer({
    says: `Failed logins of ${of} after which it is locked.`,
    min: 1,
    max: 1_000_000,
    byDefault: max,
    unit: 'failures',
  }),
})

/** `[throttle]`. */
export const throttleSection = section(
  'What repeated failed logins cost: they slow down, and then lock for a while. A lock holds for attempts that are under way when it is set, and one of an address or an account never keeps a good certificate out. Coming without a certificate is no failure.',
  {
    enabled: flag({ says: 'Whether failures are counted at all.', byDefault: true }),
    window: integer({
      says: 'How long a failure counts, from the first of them on.',
      min: 1,
      max: 86_400,
      byDefault: 300,
      unit: 'seconds',
    }),
    first_delay: integer({
      says: 'The wait before the first attempt that is slowed down is judged.',
      min: 1,
      max: maxDelayMs,
      byDefault: 250,
      unit: 'milliseconds',
    }),
    max_delay: integer({
      says: 'The longest wait of an attempt.',
      min: 1,
      max: maxDelayMs,
      byDefault: 4000,
      unit: 'milliseconds',
    }),
    lock_time: integer({ says: 'How long a lock lasts.', min: 1, max: 86_400, byDefault: 300, unit: 'seconds' }),
    max_entries: integer({
      says: 'Addresses, certificates and accounts that are remembered, of each; the oldest is forgotten first.',
      min: 100,
      max: 10_000_000,
      byDefault: 10_000,
      unit: 'entries',
    }),
    address: section('By address of the client (IPv6: by its /64).', counts(20, 100, 'one address')).prefault({}),
    certificate: section('By certificate.', counts(5, 20, 'one certificate')).prefault({}),
    account: section('By account, for logins with a password.', counts(5, 20, 'one account')).prefault({}),
  },
)

/** `[throttle]` with its defaults; null when it is off. */
export function resolveThrottle(values: z.output<typeof throttleSection>, place: Place): ThrottleOptions | null {
  const limitsOf = (kind: 'address' | 'certificate' | 'account') => {
    const { free_failures: freeFailures, max_failures: maxFailures } = values[kind]
    if (maxFailures <= freeFailures) {
      const text = `must be more than \`free_failures\` (${freeFailures}), or nothing is ever slowed down before the lock`
      place.at(kind, 'max_failures').error('conflict', text)
    }
    return { freeFailures, maxFailures }
  }
  const { first_delay: first, max_delay: longest } = values
  if (first > longest && !place.at('max_delay').isSpoiled) {
    const text = `is ${first}, more than \`max_delay\` (${longest}), the longest wait: set it to ${longest} or less, or \`max_delay\` to more`
    place.at('first_delay').error('conflict', text)
  }
  const limits = { address: limitsOf('address'), certificate: limitsOf('certificate'), account: limitsOf('account') }
  if (!values.enabled) {
    place.at('enabled').warn('limited', 'is false: passwords can be tried without end')
    return null
  }
  return {
    limits,
    windowMs: values.window * 1000,
    firstDelayMs: values.first_delay,
    maxDelayMs: values.max_delay,
    lockMs: values.lock_time * 1000,
    maxEntries: values.max_entries,
  }
}
