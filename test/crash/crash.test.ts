/** A few rounds of the crash bench: `kill -9` of a whole server, and all that was acknowledged is there. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { runCrashes } from '../../bench/crash/run.ts'

/** `npm run bench:crash` runs a hundred. */
const rounds = 5
const seed = 5

test(`nothing that was acknowledged is lost in ${rounds} crashes, and nothing comes back`, async () => {
  const main = join(import.meta.dirname, '../../src/main.ts')
  const outcome = await runCrashes({ rounds, seed, main })
  assert.deepEqual(outcome.faults, [])
  assert.equal(outcome.rounds, rounds)
  // There was something to lose.
  assert.ok(outcome.acknowledged > rounds)
  assert.ok(outcome.messages.kept > 0)
})
