/** Options of stored passwords (`[auth.password]`). */

import type { z } from 'zod'
import { choice, choices, integer, section } from '../../config/declare.ts'
import { scramHashes } from '../contract.ts'
import type { PasswordPolicy } from './checking.ts'
import { maxIterations, minIterations } from './scram-keys.ts'

/** `[auth.password]`. */
export const passwordSection = section('How passwords are stored.', {
  format: choice(['scram', 'plain'], {
    says: '`scram` stores what SCRAM needs and no password; `plain` stores passwords in clear, which is to be avoided.',
    byDefault: 'scram',
  }),
  hash: choices(scramHashes, {
    says: 'Hashes that new passwords are stored with, and whose SCRAM mechanisms are offered.',
    byDefault: 'all of them',
  }),
  scram_iterations: integer({
    says: 'Rounds of work in each new password: more makes guessing from a stolen table slower, and every login on a phone.',
    min: minIterations,
    max: maxIterations,
    byDefault: 10_000,
    unit: 'iterations',
  }),
})

/** `[auth.password]` with its defaults; `undefined` for those alone. */
export function resolvePassword(values: z.output<typeof passwordSection> | undefined): PasswordPolicy {
  const listed = values?.hash ?? scramHashes
  const [first = 'sha', ...others] = scramHashes.filter((hash) => listed.includes(hash))
  return {
    format: values?.format ?? 'scram',
    hashes: [first, ...others],
    iterations: values?.scram_iterations ?? 10_000,
  }
}
