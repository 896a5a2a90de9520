/** Memory of idle sessions that are logged in: what the server's process tree grows by. */

import { setTimeout as sleep } from 'node:timers/promises'
import { holdSessions } from './generator.ts'
import { anonymousKbOf, cpuMsOf } from './process-tree.ts'
import type { Entrant } from './rounds.ts'

/** What an idle session costs. */
export interface SessionMemory {
  /** Growth from none to all, for each session, KB of 1024 bytes. */
  readonly kbPerSession: number
  /** Growth over the second half, which leaves out what is paid once. */
  readonly slopeKb: number
  /** The process with nobody logged in. */
  readonly idleKb: number
  readonly sessions: number
  /** Share of a core that the server needs while all of them are idle; null when it was not watched. */
  readonly restShare: number | null
}

/** How long the server may tidy up before its memory is read, milliseconds. */
const settleMs = 1_500

/**
 * Brings up `sessions` idle sessions on a freshly started, warm server, and watches them for `restMs`. Throws when one of
 * them is lost.
 */
export async function measureMemory(
  { contestant, server, target }: Entrant,
  sessions: number,
  restMs: number,
): Promise<SessionMemory> {
  const half = Math.floor(sessions / 2)
  await sleep(settleMs)
  const idleKb = anonymousKbOf(server.pid)
  await using held = holdSessions(target, [half, sessions], contestant.work === 'handshake')
  const grown: number[] = []
  for (const wanted of [half, sessions]) {
    const report = await held.next()
    await sleep(settleMs)
    if (report.held !== wanted) throw new Error(`${contestant.title}: not all are up: ${JSON.stringify(report)}`)
    grown.push(anonymousKbOf(server.pid))
  }
  const restShare = restMs === 0 ? null : await watch(server.pid, restMs)
  const end = await held.next()
  if (end.held !== sessions || end.lost > 0) {
    throw new Error(`${contestant.title}: idle sessions were lost: ${JSON.stringify(end)}`)
  }
  const [first = 0, second = 0] = grown
  return {
    kbPerSession: (second - idleKb) / sessions,
    slopeKb: (second - first) / (sessions - half),
    idleKb,
    sessions,
    restShare,
  }
}

async function watch(pid: number, restMs: number): Promise<number> {
  const before = cpuMsOf(pid)
  const began = performance.now()
  await sleep(restMs)
  return (cpuMsOf(pid) - before) / (performance.now() - began)
}
