/** What is fuzzed, and how a run of inputs goes: inputs are bytes everywhere, so that any failure fits into a file. */

import { createRandom, type Random } from '../support/pki/random.ts'

/** Something to fuzz. The same bytes always get the same check; all choice is in `generate`. */
export interface FuzzTarget extends AsyncDisposable {
  readonly name: string
  /** Inputs in the quick run, which CI makes with a fixed seed. */
  readonly quickInputs: number
  /** Inputs in the long run, for each million in all. */
  readonly longShare: number
  generate(random: Random): Uint8Array
  /** Throws, or rejects, when something is wrong with what the code under test made of the input. */
  check(input: Uint8Array): void | Promise<void>
  /** Asks oracles that answer for many inputs at once about those since the last call. */
  settle(): Promise<readonly FuzzFailure[]>
}

/** An input that something is wrong with. */
export interface FuzzFailure {
  readonly input: Uint8Array
  readonly why: string
}

/** Called with each input before it is checked, so that one that never comes back is known; with null when all are. */
export type Announce = (input: Uint8Array | null) => void

/** Inputs with seeds of their own, so that a failure is found again without all that went before it. */
export const batchInputs = 1000

/** An input that takes longer is a failure, milliseconds. */
export const slowMs = 1000

/** Runs batch `batch` of a seed, `count` inputs. */
export async function runBatch(
  target: FuzzTarget,
  seed: number,
  batch: number,
  count: number = batchInputs,
  announce: Announce = () => undefined,
): Promise<readonly FuzzFailure[]> {
  const random = createRandom(batchSeed(target.name, seed, batch))
  const failures: FuzzFailure[] = []
  for (let i = 0; i < count; i += 1) {
    const input = target.generate(random)
    announce(input)
    const why = await checkTimed(target, input)
    if (why !== null) failures.push({ input, why })
  }
  announce(null)
  return [...failures, ...(await target.settle())]
}

/** What is wrong with one input, asking every oracle; null for nothing. */
export async function faultOf(target: FuzzTarget, input: Uint8Array): Promise<string | null> {
  const why = await checkTimed(target, input)
  const [late] = await target.settle()
  return why ?? late?.why ?? null
}

async function checkTimed(target: FuzzTarget, input: Uint8Array): Promise<string | null> {
  const first = await checkOnce(target, input)
  if (first.why !== null || first.tookMs < slowMs) return first.why
  // The machine may have been busy with something else: only what is slow twice is slow.
  const second = await checkOnce(target, input)
  return second.tookMs < slowMs ? second.why : `takes ${Math.round(second.tookMs)} ms`
}

async function checkOnce(target: FuzzTarget, input: Uint8Array): Promise<{ why: string | null; tookMs: number }> {
  const started = performance.now()
  let why: string | null = null
  try {
    const pending = target.check(input)
    // Most checks need no turn of the event loop, and a million turns are seconds.
    if (pending !== undefined) await pending
  } catch (error) {
    why = describe(error)
  }
  return { why, tookMs: performance.now() - started }
}

/** The error with the first places of ours in its stack. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const places = (error.stack ?? '').match(/(?:src|test)\/[\w/.-]+:\d+/g) ?? []
  return `${error.name}: ${error.message} (${places.slice(0, 3).join(' < ')})`
}

/** FNV-1a over name and numbers. */
function batchSeed(name: string, seed: number, batch: number): number {
  return hashOf(Buffer.from(`${name}/${seed}/${batch}`))
}

/** A number that depends on all of the bytes: for choices inside a check, which must not need a generator (FNV-1a). */
export function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < bytes.length; i += 1) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193)
  return hash >>> 0
}

/** Throws what the run reports as a failure, unless `isTrue`. */
export function expect(isTrue: boolean, why: string): asserts isTrue {
  if (!isTrue) throw new OracleObjection(why)
}

/** Does some work, and objects if it takes more time on the processor than `maxMs`, even when done again. */
export function expectQuick<T>(maxMs: number, work: () => T): T {
  for (let tries = 0; ; tries += 1) {
    const before = process.threadCpuUsage()
    const result = work()
    const { user, system } = process.threadCpuUsage(before)
    const tookMs = (user + system) / 1000
    if (tookMs <= maxMs) return result
    expect(tries < maxQuickTries, `takes ${tookMs.toFixed(1)} ms where ${maxMs} ms are the most`)
  }
}

/** Compiling and collecting garbage take time, too, but not each time. */
const maxQuickTries = 4

/** Something wrong that an oracle found. */
export class OracleObjection extends Error {
  override readonly name = 'objection'
}
