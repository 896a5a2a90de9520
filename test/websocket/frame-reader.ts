/** Reads a client's frames as RFC 6455 tells a server to, all at once and by another hand than the library under test. */

import { isUtf8 } from 'node:buffer'
import { opcodes } from './frames.ts'

/** What a client sent, as far as it may be read. */
export interface ClientSays {
  /** Whole messages, oldest first. */
  readonly messages: readonly { readonly isText: boolean; readonly payload: Buffer }[]
  readonly pings: number
  readonly end:
    | { readonly kind: 'cut' }
    | { readonly kind: 'closed'; readonly code: number | null }
    | { readonly kind: 'broken'; readonly code: number }
}

const broken = (code: number) => ({ kind: 'broken', code }) as const

interface Head {
  readonly fin: boolean
  readonly opcode: number
  readonly length: number
  /** Where the mask begins. */
  readonly at: number
}

/** Reads all of `bytes`; `maxBytes` bounds a message. */
export function readClientFrames(bytes: Buffer, maxBytes: number): ClientSays {
  const messages: { isText: boolean; payload: Buffer }[] = []
  let pings = 0
  let pieces: Buffer[] = []
  let begun: number | null = null
  for (let at = 0; ; ) {
    const size = pieces.reduce((sum, { length }) => sum + length, 0)
    const head = readHead(bytes, at, begun !== null, maxBytes - size)
    if ('kind' in head) return { messages, pings, end: head }
    const { fin, opcode, length } = head
    const start = head.at + 4
    if (bytes.length < start + length) return { messages, pings, end: { kind: 'cut' } }
    const mask = bytes.subarray(head.at, start)
    const payload = bytes
      .subarray(start, start + length)
      .map((byte, index) => byte ^ (mask[index % 4] as number)) as Buffer
    at = start + length
    if (opcode === opcodes.close) return { messages, pings, end: readClose(Buffer.from(payload)) }
    if (opcode === opcodes.ping) pings += 1
    if (opcode >= 8) continue
    begun ??= opcode
    pieces.push(Buffer.from(payload))
    if (!fin) continue
    const whole = Buffer.concat(pieces)
    if (begun === opcodes.text && !isUtf8(whole)) return { messages, pings, end: broken(1007) }
    messages.push({ isText: begun === opcodes.text, payload: whole })
    pieces = []
    begun = null
  }
}

/** The head of one frame with what is wrong with it; `room` is left for the message that it belongs to. */
function readHead(bytes: Buffer, at: number, isInside: boolean, room: number): Head | ClientSays['end'] {
  if (bytes.length < at + 2) return { kind: 'cut' }
  const first = bytes.readUInt8(at)
  const second = bytes.readUInt8(at + 1)
  const opcode = first & 0x0f
  const fin = first >= 0x80
  const short = second & 0x7f
  const isControl = opcode >= 8
  const isKnown = [0, 1, 2, 8, 9, 10].includes(opcode)
  if ((first & 0x70) !== 0 || !isKnown || second < 0x80) return broken(1002)
  if (isControl && (!fin || short > 125 || (opcode === opcodes.close && short === 1))) return broken(1002)
  if (!isControl && isInside !== (opcode === 0)) return broken(1002)
  const form = short === 127 ? 8 : short === 126 ? 2 : 0
  if (bytes.length < at + 2 + form) return { kind: 'cut' }
  const length = form === 8 ? bytes.readBigUInt64BE(at + 2) : BigInt(form === 2 ? bytes.readUInt16BE(at + 2) : short)
  if (!isControl && length > BigInt(Math.max(0, room))) return broken(1009)
  if (bytes.length < at + 2 + form + 4) return { kind: 'cut' }
  return { fin, opcode, length: Number(length), at: at + 2 + form }
}

function readClose(payload: Buffer): ClientSays['end'] {
  if (payload.length === 0) return { kind: 'closed', code: null }
  const code = payload.readUInt16BE(0)
  const isRegistered = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)
  if (!isRegistered && (code < 3000 || code > 4999)) return broken(1002)
  return isUtf8(payload.subarray(2)) ? { kind: 'closed', code } : broken(1007)
}
