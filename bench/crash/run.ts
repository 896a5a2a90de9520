/** Rounds of work on one store, each ended by `kill -9` in the middle of it, each begun with a look at what is there. */

import { createRandom } from '../../test/support/pki/random.ts'
import type { World } from '../soak/guest.ts'
import { type SoakServer, startServer } from '../soak/server-process.ts'
import { openSite, type SoakSite } from '../soak/site.ts'
import { createTally } from '../soak/tally.ts'
import type { Arena } from './arena.ts'
import { Couple } from './couple.ts'
import type { MailCounts } from './mailbox.ts'
import { Post } from './post.ts'
import { Writer } from './writer.ts'

/** What to do. */
export interface CrashPlan {
  readonly rounds: number
  readonly seed: number
  /** The server's script. */
  readonly main: string
  readonly say?: (line: string) => void
}

/** What came of it. */
export interface CrashOutcome {
  readonly rounds: number
  /** What was lost, came back, or was never written; with the number of the crash. */
  readonly faults: readonly string[]
  /** Answers after which something must be there for good. */
  readonly acknowledged: number
  /** Changes without an answer at the kill: those that were there afterwards, and those that were not. */
  readonly applied: number
  readonly dropped: number
  readonly messages: MailCounts
}

interface Cast {
  readonly writers: readonly Writer[]
  readonly couples: readonly Couple[]
  readonly posts: readonly Post[]
}

const personCount = 10
/** A kill comes after so many acknowledgements at most, and then a little later. */
const maxAcknowledged = 250
const maxLateMicroseconds = 4_000

/** Runs the rounds. Throws when the server does not open its store; what was lost is in the outcome. */
export async function runCrashes({ rounds, seed, main, say = () => undefined }: CrashPlan): Promise<CrashOutcome> {
  await using site = await openSite(personCount)
  const random = createRandom(seed)
  const cast = castOf(site)
  const faults: string[] = []
  const totals = { acknowledged: 0, applied: 0, dropped: 0 }
  for (let round = 0; round <= rounds; round += 1) {
    await using server = await startServer(main, site.config)
    const world: World = { ports: server.ports, tally: createTally() }
    const checked = await check(cast, { ...world, random, isOver: () => false, advance: () => undefined })
    faults.push(...checked.faults.map((fault) => `after crash ${round}: ${fault}`))
    totals.applied += checked.applied
    totals.dropped += checked.dropped
    faults.push(...server.complaints.first.map((text) => `after crash ${round} the server says: ${text}`))
    if (round === rounds) continue
    const acknowledged = await workAndKill(cast, world, server, random)
    totals.acknowledged += acknowledged
    say(`crash ${round + 1} of ${rounds}, after ${acknowledged} acknowledgements; ${faults.length} faults so far`)
  }
  const sum = (count: keyof MailCounts) => cast.posts.reduce((total, { mailbox }) => total + mailbox.counts[count], 0)
  return {
    rounds,
    faults,
    ...totals,
    messages: {
      accepted: sum('accepted'),
      kept: sum('kept'),
      received: sum('received'),
      repeated: sum('repeated'),
      lostOnTheWay: sum('lostOnTheWay'),
    },
  }
}

function castOf({ people }: SoakSite): Cast {
  const [w1, w2, f1, s1, f2, s2, a1, a2, b1, b2] = people
  if (!w1 || !w2 || !f1 || !s1 || !f2 || !s2 || !a1 || !a2 || !b1 || !b2) throw new RangeError('too few people')
  return {
    writers: [new Writer(w1), new Writer(w2)],
    couples: [new Couple(f1, s1), new Couple(f2, s2)],
    posts: [new Post(a1, a2), new Post(b1, b2)],
  }
}

async function check({ writers, couples, posts }: Cast, arena: Arena) {
  const judgements = await Promise.all([...writers, ...couples].map((person) => person.check(arena)))
  const lost = await Promise.all(posts.map((post) => post.check(arena)))
  return {
    faults: [...judgements.flatMap(({ faults }) => faults), ...lost.flat()],
    applied: judgements.reduce((sum, { applied }) => sum + applied, 0),
    dropped: judgements.reduce((sum, { dropped }) => sum + dropped, 0),
  }
}

/** Gives the number of acknowledgements before the kill. */
async function workAndKill(
  { writers, couples, posts }: Cast,
  world: World,
  server: SoakServer,
  random: Arena['random'],
): Promise<number> {
  const due = 1 + random.below(maxAcknowledged)
  const lateMs = random.below(maxLateMicroseconds) / 1000
  let acknowledged = 0
  let isOver = false
  const arena: Arena = {
    ...world,
    random,
    isOver: () => isOver,
    advance: () => {
      acknowledged += 1
      if (acknowledged !== due) return
      // Blocks this side alone: the server works on at what it has been sent.
      const until = performance.now() + lateMs
      while (performance.now() < until);
      isOver = true
      process.kill(server.pid, 'SIGKILL')
    },
  }
  await Promise.all([...writers, ...couples, ...posts].map((person) => person.work(arena)))
  const end = await server.ended
  if (end !== 'SIGKILL') throw new Error(`the server ended with ${end} before it was killed`)
  return acknowledged
}
