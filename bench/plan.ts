/** The command line of the benchmark. */

import { parseArgs } from 'node:util'
import { contestants, doors } from './contestants.ts'
import type { Contestant } from './servers/server.ts'

/** What is to be measured, and how much of it. */
export interface BenchPlan {
  readonly rounds: number
  readonly logins: number
  readonly warmUp: number
  readonly sessions: number
  /** How long idle sessions are watched for what they cost at rest; 0 does not. */
  readonly restMs: number
  readonly clients: number
  readonly only: readonly Contestant[]
  /** Whether the server is compiled first; else `dist/` is taken as it is. */
  readonly build: boolean
  readonly json: boolean
}

const usage = `npm run bench -- [options]
  --rounds N     interleaved rounds (10)
  --logins N     logins of each server in a round (800)
  --warm-up N    logins of each server before (12000)
  --sessions N   idle sessions for the memory column (2000; 0 leaves it out)
  --rest S       seconds for which the idle sessions are watched (0)
  --doors        what each door costs: ${doors.map(({ key }) => key).join(', ')}; 5000 sessions, watched for 90 s
  --clients N    different client certificates (400)
  --only A,B     only these: ${contestants.map(({ key }) => key).join(', ')}
  --quick        3 rounds of 300 logins, 500 sessions, a short warm-up: to see that all works
  --no-build     take dist/ as it is
  --json         one JSON document instead of tables
`

/** Reads the arguments; throws with the usage when they cannot be read. */
export function readPlan(args: readonly string[]): BenchPlan {
  const { values } = parse(args)
  const quick = values.quick === true
  const byDoor = values.doors === true
  const count = (text: string | undefined, usual: number, least = 1): number => {
    const value = text === undefined ? usual : Number(text)
    if (!Number.isSafeInteger(value) || value < least) throw new Error(`not a count: ${text}\n${usage}`)
    return value
  }
  return {
    rounds: count(values.rounds, quick ? 3 : 10),
    logins: count(values.logins, quick ? 300 : 800),
    warmUp: count(values['warm-up'], quick ? 400 : 12_000),
    sessions: count(values.sessions, quick ? 500 : byDoor ? 5_000 : 2_000, 0),
    restMs: count(values.rest, byDoor && !quick ? 90 : 0, 0) * 1_000,
    // An account has ten resources at most.
    clients: count(values.clients, byDoor ? 1_000 : 400),
    only: values.only === undefined ? (byDoor ? doors : contestants) : values.only.split(',').map(contestantOf),
    build: values['no-build'] !== true,
    json: values.json === true,
  }
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  try {
    return parseArgs({
      args: [...args],
      options: {
        ...{ rounds: text, logins: text, 'warm-up': text, sessions: text, clients: text, only: text },
        ...{ rest: text, doors: flag },
        ...{ quick: flag, json: flag, 'no-build': flag },
      },
    })
  } catch (cause) {
    throw new Error(`${cause instanceof Error ? cause.message : cause}\n${usage}`)
  }
}

function contestantOf(key: string): Contestant {
  const found = [...contestants, ...doors].find((contestant) => contestant.key === key)
  if (found === undefined) throw new Error(`nobody here is called ${key}\n${usage}`)
  return found
}
