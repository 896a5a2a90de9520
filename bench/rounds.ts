/**
 * Interleaved rounds: A B C, A C B, B C A, B A C, … so that a slow minute of the machine, and a cold cache behind somebody else,
 * fall on everybody alike: nobody begins more rounds than others, or always comes behind the same one.
 */

import { generateLoad, type LoadTarget } from './generator.ts'
import { cpuMsOf } from './process-tree.ts'
import type { BenchServer, Contestant } from './servers/server.ts'

/** A contestant that runs, with where its clients go. */
export interface Entrant {
  readonly contestant: Contestant
  readonly server: BenchServer
  readonly target: LoadTarget
}

/** One entrant's share of one round. */
export interface Lap {
  /** Processor time of the server's process tree for each login that succeeded, milliseconds. */
  readonly cpuMs: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly failed: number
}

/** How many rounds, of how many logins each. */
export interface RoundPlan {
  readonly rounds: number
  readonly logins: number
  /** Logins before the first round: what is compiled at run time is compiled, what is kept is kept. */
  readonly warmUp: number
}

/** Logins before each lap that count for nothing: what the caches hold by then is the server's own. */
const leadIn = 100

/** Runs all rounds; the laps of each entrant in the order of rounds. `tell` hears of the progress. */
export async function runRounds(
  entrants: readonly Entrant[],
  plan: RoundPlan,
  tell: (text: string) => void,
): Promise<Map<Entrant, Lap[]>> {
  for (const entrant of entrants) await runLap(entrant, plan.warmUp)
  const laps = new Map<Entrant, Lap[]>(entrants.map((entrant) => [entrant, []]))
  for (let round = 1; round <= plan.rounds; round += 1) {
    tell(`round ${round} of ${plan.rounds}`)
    for (const entrant of orderOf(entrants, round - 1)) {
      await runLap(entrant, leadIn)
      laps.get(entrant)?.push(await runLap(entrant, plan.logins))
    }
  }
  return laps
}

/** Whose turn it is in a round, counted from 0. */
export function orderOf<Each>(all: readonly Each[], round: number): Each[] {
  const first = (round >> 1) % all.length
  const [begins, ...others] = [...all.slice(first), ...all.slice(0, first)]
  if (begins === undefined) return []
  return [begins, ...(round % 2 === 0 ? others : others.toReversed())]
}

async function runLap({ contestant, server, target }: Entrant, logins: number): Promise<Lap> {
  const before = cpuMsOf(server.pid)
  const report = await generateLoad(target, { logins, handshakeOnly: contestant.work === 'handshake' })
  const cpuMs = cpuMsOf(server.pid) - before
  if (report.succeeded === 0) throw new Error(`${contestant.title}: no login succeeds: ${JSON.stringify(report)}`)
  const { perSecond, p50Ms, p99Ms, failed, succeeded } = report
  return { cpuMs: cpuMs / succeeded, perSecond, p50Ms, p99Ms, failed }
}
