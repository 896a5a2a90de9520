/** A thread of the long run: checks batches as it is told, and makes failing inputs small. */

import { parentPort, workerData } from 'node:worker_threads'
import { shrink } from '../../test/fuzz/shrink.ts'
import { type FuzzTarget, faultOf, runBatch } from '../../test/fuzz/target.ts'
import { targets } from '../../test/fuzz/targets.ts'
import { announceOn, type Job, type JobResult, kindOf } from './job.ts'

/** Failures of one batch that are made small; what is behind them is mostly the same. */
const maxShrunk = 2

if (parentPort === null) throw new TypeError('this file is a thread of the long run')
const port = parentPort
const announce = announceOn(workerData as SharedArrayBuffer)
let current: FuzzTarget | null = null

port.on('message', (job: Job | null) => void (job === null ? stop() : work(job)))

async function work(job: Job): Promise<void> {
  if (current?.name !== job.target) await change(job.target)
  if (current === null) throw new TypeError(`nothing is called ${job.target}`)
  const target = current
  const found = await runBatch(target, job.seed, job.batch, job.inputs, announce)
  const failures = []
  for (const [index, { input, why }] of found.entries()) {
    failures.push({ input: index < maxShrunk ? await small(target, input, why) : input, why })
  }
  announce(null)
  port.postMessage({ failures } satisfies JobResult)
}

function small(target: FuzzTarget, input: Uint8Array, why: string): Promise<Uint8Array> {
  const kind = kindOf(why)
  return shrink(input, async (candidate) => {
    announce(candidate)
    const fault = await faultOf(target, candidate)
    return fault !== null && kindOf(fault) === kind
  })
}

async function change(name: string): Promise<void> {
  await current?.[Symbol.asyncDispose]()
  current = targets[name]?.() ?? null
}

async function stop(): Promise<void> {
  await current?.[Symbol.asyncDispose]()
  port.close()
}
