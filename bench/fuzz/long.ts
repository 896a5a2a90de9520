/**
 * `npm run fuzz`: the long run of everything in `test/fuzz`, 10,000,000 inputs unless told otherwise.
 *
 *     npm run fuzz -- --seed 7 --workers 2            another seed, on two processors
 *     npm run fuzz -- --target xml --inputs 1000000   one target (repeatable), fewer inputs
 *     npm run fuzz -- --target jid --seed 7 --batch 3 one batch again, as a failure names it
 *
 * The same seed makes the same changes. Certificates have new keys each time, so a failure is kept as the bytes that
 * failed, in `test/fuzz/vectors`, where the quick run of `npm test` tries it ever after. Exit code 1 if something failed.
 */

import { parseArgs } from 'node:util'
import { batchInputs } from '../../test/fuzz/target.ts'
import { targets } from '../../test/fuzz/targets.ts'
import { writeVector } from '../../test/fuzz/vectors.ts'
import { type CrewEvents, runCrew } from './crew.ts'
import { type Job, kindOf } from './job.ts'

const maxWorkers = 2
const progressMs = 10_000
/** Failures of one kind that are told and kept; what is behind them is mostly the same. */
const maxOfKind = 2

/** How one target went. */
interface Tally {
  readonly planned: number
  done: number
  failures: number
  hangs: number
  busyMs: number
}

const options = readOptions()
const tallies = new Map<string, Tally>()
const begunMs = new Map<Job, number>()
const kinds = new Map<string, number>()
const jobs = await planJobs()
const startedMs = performance.now()
console.log(`seed ${options.seed}, ${total('planned')} inputs, ${options.workers} worker(s)`)
const progress = setInterval(() => console.log(progressLine()), progressMs)
await runCrew(timed(jobs), options.workers, events())
clearInterval(progress)
report()

function readOptions() {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      inputs: { type: 'string', default: '10000000' },
      workers: { type: 'string', default: '1' },
      batch: { type: 'string' },
      target: { type: 'string', multiple: true, default: Object.keys(targets) },
    },
  })
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
  const inputs = Number(values.inputs)
  const workers = Math.min(maxWorkers, Math.max(1, Number(values.workers)))
  const unknown = values.target.filter((name) => !Object.hasOwn(targets, name))
  if (unknown.length > 0)
    throw new TypeError(`no target ${unknown.join(', ')}; there are ${Object.keys(targets).join(', ')}`)
  if (!Number.isSafeInteger(seed) || !(inputs > 0)) throw new TypeError('--seed and --inputs take whole numbers')
  return {
    seed,
    inputs,
    workers,
    names: values.target,
    batch: values.batch === undefined ? null : Number(values.batch),
  }
}

/** Every target's share of the inputs, the shares of chosen targets put in proportion. */
async function planJobs(): Promise<Job[]> {
  const shares = new Map<string, number>()
  for (const name of options.names) {
    await using target = targets[name]?.() ?? null
    if (target !== null) shares.set(name, target.longShare)
  }
  const whole = [...shares.values()].reduce((sum, share) => sum + share, 0)
  return [...shares].flatMap(([target, share]) => {
    const batches = options.batch === null ? Math.ceil((options.inputs * share) / whole / batchInputs) : 1
    tallies.set(target, { planned: batches * batchInputs, done: 0, failures: 0, hangs: 0, busyMs: 0 })
    const first = options.batch ?? 0
    const { seed } = options
    return Array.from({ length: batches }, (_, index) => ({ target, seed, batch: first + index, inputs: batchInputs }))
  })
}

/** Notes when each job was begun. */
function* timed(list: readonly Job[]): Generator<Job> {
  for (const job of list) {
    begunMs.set(job, performance.now())
    yield job
  }
}

function events(): CrewEvents {
  return {
    done: (job, { failures }) => {
      const tally = tallyOf(job)
      tally.done += job.inputs
      tally.busyMs += performance.now() - (begunMs.get(job) ?? 0)
      begunMs.delete(job)
      for (const { input, why } of failures) keep(job, input, why)
    },
    slow: (job, input) => console.log(`SLOW  ${job.target} batch ${job.batch}: an input of ${input.length} bytes`),
    hung: (job, input) => {
      tallyOf(job).hangs += 1
      keep(job, input, 'does not come back')
    },
  }
}

function keep(job: Job, input: Uint8Array, why: string): void {
  const tally = tallyOf(job)
  tally.failures += 1
  const kind = `${job.target} ${kindOf(why)}`
  const known = kinds.get(kind) ?? 0
  kinds.set(kind, known + 1)
  if (known >= maxOfKind) return
  const path = writeVector(job.target, input, why)
  console.log(`FAIL  ${job.target} batch ${job.batch} of seed ${job.seed}: ${why.slice(0, 300)} -> ${path}`)
}

function tallyOf({ target }: Job): Tally {
  const tally = tallies.get(target)
  if (tally === undefined) throw new TypeError(`no tally of ${target}`)
  return tally
}

function total(what: 'planned' | 'done' | 'failures' | 'hangs'): number {
  return [...tallies.values()].reduce((sum, tally) => sum + tally[what], 0)
}

function secondsSoFar(): number {
  return Math.round((performance.now() - startedMs) / 1000)
}

function progressLine(): string {
  const [name = '-'] = [...tallies].findLast(([, { done }]) => done > 0) ?? []
  return `${secondsSoFar()} s: ${total('done')} of ${total('planned')} inputs, ${total('failures')} failures (${name})`
}

function report(): void {
  console.log('\ntarget          inputs  failures  hangs  µs each')
  for (const [name, { done, failures, hangs, busyMs }] of tallies) {
    const each = done === 0 ? 0 : (busyMs * 1000) / done
    console.log(
      [name.padEnd(12), pad(done, 10), pad(failures, 10), pad(hangs, 7), each.toFixed(1).padStart(9)].join(''),
    )
  }
  console.log(`seed ${options.seed}: ${total('done')} inputs, ${total('failures')} failures, ${secondsSoFar()} s`)
  if (total('failures') > 0 || total('done') < total('planned')) process.exitCode = 1
}

function pad(value: number, width: number): string {
  return String(value).padStart(width)
}
