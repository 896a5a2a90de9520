/** How much of a process' heap is alive, asked through Node's inspector, which collects the garbage first. */

import { z } from 'zod'

/** A connection to the inspector of a process. Disposing of it closes it. */
export interface LiveHeap extends Disposable {
  /** Bytes of JavaScript objects that are left after a full collection. */
  measure(): Promise<number>
}

const askMs = 30_000
const answerShape = z.object({ id: z.number(), result: z.looseObject({ usedSize: z.number().optional() }).optional() })

/** Connects to the address that Node prints for `--inspect`. */
export async function openLiveHeap(address: string): Promise<LiveHeap> {
  const socket = new WebSocket(address)
  const waiting = new Map<number, (usedSize: number) => void>()
  let last = 0
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true })
    socket.addEventListener('error', () => reject(new Error(`no inspector at ${address}`)), { once: true })
  })
  socket.addEventListener('message', ({ data }) => {
    const answer = answerShape.safeParse(JSON.parse(String(data)))
    if (answer.success) waiting.get(answer.data.id)?.(answer.data.result?.usedSize ?? 0)
  })
  const ask = (method: string): Promise<number> => {
    last += 1
    const id = last
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    const timer = setTimeout(() => reject(new Error(`the inspector does not answer ${method}`)), askMs)
    waiting.set(id, resolve)
    socket.send(JSON.stringify({ id, method }))
    return promise.finally(() => {
      clearTimeout(timer)
      waiting.delete(id)
    })
  }
  return {
    measure: async () => {
      await ask('HeapProfiler.collectGarbage')
      return ask('Runtime.getHeapUsage')
    },
    [Symbol.dispose]: () => socket.close(),
  }
}
