/** Reads the body of a POST, no further than whoever sends it may go. */

import type { Readable } from 'node:stream'
import { fail, ok, type Result } from '../../result.ts'

/** How far it may go. */
export interface ReadTerms {
  /** What anybody may send. */
  readonly maxBytes: number
  /** Asked once, past `maxBytes`, with what has come so far: how many bytes may come in all. */
  readonly more: (head: Buffer) => number
  /** For the whole body, milliseconds. */
  readonly readMs: number
  /** Bytes of bodies that are being read, for all requests together. */
  readonly budget: ReadBudget
}

/** Room that all requests share. */
export interface ReadBudget {
  used: number
  readonly maxBytes: number
}

/** Why a body was not read. `gone`: there is nobody to tell. */
export type ReadFault = 'too-large' | 'too-slow' | 'no-room' | 'gone'

/** Reads it. Never rejects. */
export function readRequest(request: Readable, terms: ReadTerms): Promise<Result<Buffer, ReadFault>> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    let limit = terms.maxBytes
    let isAsked = false
    const settle = (result: Result<Buffer, ReadFault>) => {
      clearTimeout(timer)
      request.off('data', take).off('end', finish).off('close', give).off('error', give)
      // Errors may follow, and nobody must be surprised by them.
      request.on('error', ignoreError)
      terms.budget.used -= bytes
      bytes = 0
      resolve(result)
    }
    const take = (chunk: Buffer) => {
      bytes += chunk.length
      terms.budget.used += chunk.length
      chunks.push(chunk)
      if (terms.budget.used > terms.budget.maxBytes) return settle(fail('no-room'))
      if (bytes > limit && !isAsked) {
        isAsked = true
        limit = terms.more(Buffer.concat(chunks))
      }
      if (bytes > limit) settle(fail('too-large'))
    }
    const finish = () => settle(ok(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)))
    const give = () => settle(fail('gone'))
    const timer = setTimeout(() => settle(fail('too-slow')), terms.readMs)
    request.on('data', take).on('end', finish).on('close', give).on('error', give)
  })
}

/** An error is always followed by 'close', which is what counts. */
function ignoreError(): void {}
