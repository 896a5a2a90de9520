/**
 * What a backend costs a login by certificate: processor time of this process for one judgement, at a rate of logins,
 * over that of `pki`. `npm run bench:judgements [-- LOGINS-A-SECOND SECONDS ROUNDS]`; the contestants take turns.
 */

import { type Authority, createAuthority } from '../../src/auth/authority.ts'
import type { CertificateClaim } from '../../src/auth/contract.ts'
import { parseCertificate } from '../../src/certificate/facts.ts'
import { underServerOptions } from '../../src/cli/node-options.ts'
import { createCall } from '../../src/stream/call.ts'
import { createAuthority as createCa, issue } from '../../test/support/pki/certificate.ts'
import { xmppAddr } from '../../test/support/pki/names.ts'
import { medianOf } from '../statistics.ts'
import { startContestants } from './contestants.ts'

/** What `signet` starts its server by: this process is started anew with the same options. */
const serverCommand = 'serve'
const figures = process.argv.slice(2).filter((text) => text !== serverCommand)
underServerOptions([serverCommand, ...figures])

const [rate = 200, seconds = 4, rounds = 5] = figures.map(Number)
const logins = rate * seconds
/** Until the compiler has seen what it sees in a server that has run for an hour, one login behind the other. */
const warmUpLogins = 20_000

/** Time for one judgement, milliseconds. */
const limitMs = 10_000

interface Turn {
  /** Milliseconds of processor for each login. */
  readonly cpuMs: number
  /** Round trips, milliseconds, sorted. */
  readonly tookMs: readonly number[]
}

const leaf = issue(createCa({ name: 'CA' }), { cn: 'Alice', san: [xmppAddr('alice@localhost')] })
const claim = claimOf(leaf.der)
await using contestants = await startContestants(leaf)
const turns = new Map<string, Turn[]>()
// One for all logins, as a listener has it.
const authorities = new Map([...contestants.backends].map(([name, backend]) => [name, createAuthority([backend])]))
for (const [name, authority] of authorities) {
  for (let login = 0; login < warmUpLogins; login += 1) await judge(authority, name)
}
for (let round = 0; round < rounds; round += 1) {
  for (const [name, authority] of authorities) {
    turns.set(name, [...(turns.get(name) ?? []), await take(authority, name)])
  }
}
print()

function claimOf(der: Uint8Array): CertificateClaim {
  const parsed = parseCertificate(der)
  if (!parsed.ok) throw new Error(parsed.error.why)
  const jid = { local: 'alice', domain: 'localhost' }
  const chain = { kind: 'trusted', chain: [] } as const
  return { kind: 'certificate', jid, via: 'standard', certificate: parsed.value, chain }
}

async function take(authority: Authority, name: string): Promise<Turn> {
  const tookMs: number[] = []
  const before = process.cpuUsage()
  await paced(logins, async () => tookMs.push(await judge(authority, name)))
  const { user, system } = process.cpuUsage(before)
  return {
    cpuMs: (user + system) / 1_000 / logins,
    tookMs: tookMs.sort((a, b) => a - b),
  }
}

async function judge(authority: Authority, name: string): Promise<number> {
  const started = performance.now()
  const { verdict } = await authority.judge(claim, createCall(limitMs))
  if (verdict.kind !== 'allow') throw new Error(`${name}: ${JSON.stringify(verdict)}`)
  return performance.now() - started
}

/** Starts `count` tasks at the rate, and waits for all. */
async function paced(count: number, task: () => Promise<unknown>): Promise<void> {
  const started = performance.now()
  const tasks: Promise<unknown>[] = []
  while (tasks.length < count) {
    const due = Math.min(count, Math.floor(((performance.now() - started) / 1_000) * rate) + 1)
    while (tasks.length < due) tasks.push(task())
    await new Promise((resolve) => setTimeout(resolve, 1_000 / rate))
  }
  await Promise.all(tasks)
}

function print(): void {
  const base = medianOf((turns.get('pki') ?? []).map(({ cpuMs }) => cpuMs))
  console.log(
    `${rate} logins/s, ${rounds} rounds of ${logins} logins each; processor time over pki (median, least, most)\n`,
  )
  for (const [name, all] of turns) {
    const more = all.map(({ cpuMs }) => cpuMs - base).sort((a, b) => a - b)
    const figures = [medianOf(more), more[0] ?? Number.NaN, more.at(-1) ?? Number.NaN].map((ms) => ms.toFixed(3))
    const answers = [0.5, 0.99].map((share) => medianOf(all.map(({ tookMs }) => at(tookMs, share))).toFixed(2))
    console.log(`${name.padEnd(24)} ${figures.join('  ')} ms   answers in ${answers.join(' ms (half), ')} ms (99 %)`)
  }
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN
}
