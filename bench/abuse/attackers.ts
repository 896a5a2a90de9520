/** One attack at its full width for some seconds, in a process of its own; prints how its connections ended. */

import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { domain } from '../pki.ts'
import { type Attack, allAttacks } from './attacks.ts'
import type { Victim } from './wire.ts'

/** Attackers come from so many addresses. */
const addresses = 40
/** So many begin every few milliseconds, until all are there. */
const batch = 50
const batchMs = 10

const [, , name = '', seconds = '', starttls = '', direct = '', user = '', manyNames = ''] = process.argv
const attack = allAttacks.find((candidate) => candidate.name === name)
if (attack === undefined) throw new Error(`no attack named ${name}`)

const pemOf = (file: string) => {
  const pem = readFileSync(file)
  return { cert: pem, key: pem }
}
let dialled = 0
const victim: Victim = {
  ports: { starttls: Number(starttls), direct: Number(direct) },
  domain,
  user: pemOf(user),
  manyNames: pemOf(manyNames),
  source: () => `127.0.1.${1 + (dialled++ % addresses)}`,
  stepMs: 1_000,
}
const endings = new Map<string, number>()
const count = (ending: string) => endings.set(ending, (endings.get(ending) ?? 0) + 1)
const until = performance.now() + Number(seconds) * 1_000

async function attacker({ run }: Attack): Promise<void> {
  while (performance.now() < until) {
    try {
      count(await run(victim))
    } catch (cause) {
      const text = cause instanceof Error ? cause.message : String(cause)
      count(`fault: ${text.split('\n')[0]?.slice(0, 60)}`)
      // Refused ones come back, though not without a breath.
      await sleep(50)
    }
  }
}

for (let started = 0; started < attack.connections; started += batch) {
  for (let index = 0; index < Math.min(batch, attack.connections - started); index += 1) void attacker(attack)
  await sleep(batchMs)
}
await sleep(until - performance.now())
process.stdout.write(`${JSON.stringify(Object.fromEntries(endings))}\n`)
process.exit()
