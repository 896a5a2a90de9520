/**
 * `npm run bench`: what a login costs, side by side with other servers and with the least it can cost.
 *
 * Servers run on the first core and the load generator on the second; all traffic is on 127.0.0.1. The exit code is 0
 * when everything was measured, whether the bars were cleared or not: a busy machine is no failure.
 */

import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { type Finding, judgeBars } from './bars.ts'
import { measureIdentity } from './identity.ts'
import { measureMemory, type SessionMemory } from './memory.ts'
import { checkRefusals } from './negatives.ts'
import { makePki } from './pki.ts'
import { type BenchPlan, readPlan } from './plan.ts'
import { buildPrograms } from './programs.ts'
import { type Entrant, runRounds } from './rounds.ts'
import type { Contestant, Site } from './servers/server.ts'
import { buildSignet } from './servers/signet.ts'
import { formatBars, formatFindings } from './table.ts'

const identityPasses = 50
/** Logins on a fresh server before its memory is read for the first time. */
const memoryWarmUp = 300

const root = dirname(import.meta.dirname)

const tell = (text: string): void => void process.stderr.write(`${text}\n`)

async function enter(contestant: Contestant, site: Site): Promise<Entrant> {
  const server = await contestant.start(site)
  const { door = 'starttls' } = contestant
  return {
    contestant,
    server,
    target: { program: site.programs.loadGenerator, pki: site.pki, port: server.port, door },
  }
}

/** Starts everybody, checks that strangers are refused, and runs the rounds. */
async function measureLogins(present: readonly Contestant[], plan: BenchPlan, site: Site) {
  await using running = new AsyncDisposableStack()
  const entrants: Entrant[] = []
  for (const contestant of present) {
    const entrant = await enter(contestant, site)
    running.use(entrant.server)
    await checkRefusals(contestant, entrant.target)
    entrants.push(entrant)
  }
  const laps = await runRounds(entrants, plan, tell)
  return new Map(entrants.map((entrant) => [entrant.contestant, laps.get(entrant) ?? []]))
}

/** Each on a freshly started server, alone: memory that the rounds have left behind would blur it. */
async function measureSessions(present: readonly Contestant[], plan: BenchPlan, site: Site) {
  const found = new Map<Contestant, SessionMemory>()
  if (plan.sessions === 0) return found
  for (const contestant of present) {
    tell(`memory: ${contestant.title}`)
    const entrant = await enter(contestant, site)
    await using _ = entrant.server
    await runRounds([entrant], { rounds: 0, logins: 0, warmUp: memoryWarmUp }, tell)
    found.set(contestant, await measureMemory(entrant, plan.sessions, plan.restMs))
  }
  return found
}

async function measure(plan: BenchPlan, directory: string): Promise<void> {
  const present = plan.only.filter((contestant) => {
    const missing = contestant.missing()
    if (missing !== null) tell(`${contestant.title} does not take part: ${missing}`)
    return missing === null
  })
  tell('building')
  const signetMain = plan.build
    ? await buildSignet(root, join(directory, 'signet'), process.execPath)
    : join(root, 'dist/main.js')
  const programs = await buildPrograms(join(directory, 'bin'))
  const pki = await makePki(join(directory, 'pki'), plan.clients)
  const site = { pki, programs, directory, node: process.execPath, root, signetMain }
  const laps = await measureLogins(present, plan, site)
  const memory = await measureSessions(present, plan, site)
  const identityUs = measureIdentity(identityPasses)
  const findings: Finding[] = present.map((contestant) => ({
    key: contestant.key,
    title: contestant.title,
    work: contestant.work,
    laps: laps.get(contestant) ?? [],
    memory: memory.get(contestant) ?? null,
  }))
  const bars = judgeBars(findings, identityUs)
  if (plan.json) process.stdout.write(`${JSON.stringify({ node: process.versions, findings, bars }, null, 2)}\n`)
  else process.stdout.write(`\n${formatFindings(findings)}\n\n${formatBars(bars)}\n`)
}

async function main(): Promise<void> {
  const plan = readPlan(process.argv.slice(2))
  if (availableParallelism() < 2) throw new Error('two cores are needed: one for the servers, one for the generator')
  // Inside the checkout, where the compiled server finds its modules; `var/` is in nobody's commit.
  await mkdir(join(root, 'var'), { recursive: true })
  const directory = await mkdtemp(join(root, 'var/bench-'))
  try {
    await measure(plan, directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

try {
  await main()
} catch (cause) {
  tell(`bench: ${cause instanceof Error ? cause.message : cause}`)
  process.exitCode = 1
}
