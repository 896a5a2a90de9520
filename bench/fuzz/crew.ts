/** Threads that work on batches, with a watchdog that knows which input a thread is busy with. */

import { Worker } from 'node:worker_threads'
import { createBlackboard, type Job, type JobResult, readBoard } from './job.ts'

/** An input that takes longer is reported while it runs, milliseconds. */
const slowMs = 1000
/** One that takes longer than this never comes back; its thread is ended, milliseconds. */
const hangMs = 30_000
const watchMs = 200

/** What the crew tells of its work. */
export interface CrewEvents {
  done(job: Job, result: JobResult): void
  /** An input is taking long; told once. */
  slow(job: Job, input: Uint8Array): void
  /** An input does not come back; the rest of its batch is not checked. */
  hung(job: Job, input: Uint8Array): void
}

/** Works on the jobs in order with this many threads. Resolves when all are done. */
export async function runCrew(jobs: Iterator<Job>, threads: number, events: CrewEvents): Promise<void> {
  await Promise.all(Array.from({ length: threads }, () => runThread(jobs, events)))
}

async function runThread(jobs: Iterator<Job>, events: CrewEvents): Promise<void> {
  let seat = takeSeat()
  for (let next = jobs.next(); next.done !== true; next = jobs.next()) {
    const job = next.value
    const result = await runJob(seat, job, events)
    if (result !== null) {
      events.done(job, result)
      continue
    }
    await seat.worker.terminate()
    seat = takeSeat()
  }
  const gone = new Promise<void>((resolve) => seat.worker.once('exit', () => resolve()))
  seat.worker.postMessage(null)
  await gone
}

interface Seat {
  readonly worker: Worker
  readonly board: SharedArrayBuffer
}

function takeSeat(): Seat {
  const board = createBlackboard()
  return { worker: new Worker(new URL('./worker.ts', import.meta.url), { workerData: board }), board }
}

/** The result; null when an input did not come back. Rejects when the thread dies. */
function runJob({ worker, board }: Seat, job: Job, events: CrewEvents): Promise<JobResult | null> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      clearInterval(watch)
      worker.off('message', onResult)
      worker.off('error', onError)
      settle()
    }
    const onResult = (result: JobResult) => finish(() => resolve(result))
    const onError = (error: Error) => finish(() => reject(error))
    const watch = watchBoard(board, {
      slow: (input) => events.slow(job, input),
      hung: (input) => {
        events.hung(job, input)
        finish(() => resolve(null))
      },
    })
    worker.once('message', onResult)
    worker.once('error', onError)
    worker.postMessage(job)
  })
}

function watchBoard(
  board: SharedArrayBuffer,
  tell: { slow(input: Uint8Array): void; hung(input: Uint8Array): void },
): NodeJS.Timeout {
  let number = -1
  let sinceMs = 0
  let isTold = false
  return setInterval(() => {
    const seen = readBoard(board)
    const nowMs = performance.now()
    if (seen.number !== number) {
      number = seen.number
      sinceMs = nowMs
      isTold = false
    }
    const input = nowMs - sinceMs > slowMs ? seen.input() : null
    if (input === null) return
    if (!isTold) tell.slow(input)
    isTold = true
    if (nowMs - sinceMs > hangMs) tell.hung(input)
  }, watchMs)
}
