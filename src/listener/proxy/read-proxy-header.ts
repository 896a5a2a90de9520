/** Takes the PROXY header off a fresh connection and leaves what is behind it to whoever comes next. */

import type { Socket } from 'node:net'
import { fail, ok, type Result } from '../../result.ts'
import { parseProxyHeader } from './parse-proxy-header.ts'
import type { ProxyHeader } from './proxy-header.ts'

/** Proxies send the header with the connection itself; one that has not come after so long does not come, milliseconds. */
export const proxyHeaderMs = 3_000

/** Why there is no header, in words. The socket is the caller's to destroy. */
export interface ProxyHeaderFault {
  readonly why: string
  /** Whether it closed the connection without a single byte. */
  readonly isSilent: boolean
}

/**
 * Resolves when the header is there, or cannot come any more; never rejects. The socket is paused then, and bytes behind
 * the header are back in it. Holds no more bytes than the longest header, and one read beyond it. The caller listens for
 * 'error'.
 */
export function readProxyHeader(
  socket: Socket,
  limitMs: number = proxyHeaderMs,
): Promise<Result<ProxyHeader, ProxyHeaderFault>> {
  return new Promise((resolve) => {
    let held: Buffer | null = null
    const finish = (outcome: Result<ProxyHeader, ProxyHeaderFault>) => {
      clearTimeout(timer)
      socket.off('data', take).off('close', gone).off('end', gone)
      socket.pause()
      resolve(outcome)
    }
    const take = (chunk: Buffer) => {
      held = held === null ? chunk : Buffer.concat([held, chunk])
      const step = parseProxyHeader(held)
      if (step.kind === 'part') return
      if (step.kind === 'refused') return finish(fail({ why: step.why, isSilent: false }))
      const rest = held.subarray(step.length)
      finish(ok(step.header))
      if (rest.length > 0) socket.unshift(rest)
    }
    const gone = () => {
      const isSilent = held === null
      const when = isSilent ? 'before a single byte' : 'before its PROXY header was whole'
      finish(fail({ why: `closed ${when}`, isSilent }))
    }
    const timer = setTimeout(
      () => finish(fail({ why: `no PROXY header within ${limitMs} ms`, isSilent: false })),
      limitMs,
    )
    if (socket.destroyed || socket.readableEnded) return gone()
    socket.on('data', take).once('close', gone).once('end', gone)
    socket.resume()
  })
}
