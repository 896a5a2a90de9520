/** WebSocket frames byte by byte (RFC 6455 §5.2), written and read without the library under test. */

/** A frame to write; what is left out is what an honest client does. */
export interface FrameParts {
  readonly opcode: number
  readonly payload?: string | Uint8Array
  readonly fin?: boolean
  /** The three reserved bits. */
  readonly rsv?: number
  /** Null leaves the frame unmasked. */
  readonly mask?: readonly [number, number, number, number] | null
  /** The form of the length: that which fits, when left out. */
  readonly lengthBytes?: 1 | 2 | 8
  /** What the length says, where it is not that of the payload. */
  readonly length?: bigint
}

/** Opcodes that have a meaning. */
export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

/** The bytes of one frame. */
export function frame(parts: FrameParts): Buffer {
  const { opcode, payload = '', fin = true, rsv = 0, mask = [0x12, 0x9a, 0x00, 0xff] } = parts
  const data = typeof payload === 'string' ? Buffer.from(payload, 'utf8') : Buffer.from(payload)
  const length = parts.length ?? BigInt(data.length)
  const form = parts.lengthBytes ?? (length < 126n ? 1 : length < 65_536n ? 2 : 8)
  const masked = mask === null ? 0 : 0x80
  const head = Buffer.alloc(form === 1 ? 2 : 2 + form)
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode
  if (form === 1) head[1] = masked | Number(length)
  if (form === 2) {
    head[1] = masked | 126
    head.writeUInt16BE(Number(length), 2)
  }
  if (form === 8) {
    head[1] = masked | 127
    head.writeBigUInt64BE(length, 2)
  }
  if (mask === null) return Buffer.concat([head, data])
  return Buffer.concat([head, Buffer.from(mask), data.map((byte, at) => byte ^ (mask[at % 4] as number))])
}

/** A text message in one frame. */
export const text = (payload: string | Uint8Array) => frame({ opcode: opcodes.text, payload })
/** The first piece of a text message, with more to come. */
export const begin = (payload: string | Uint8Array) => frame({ opcode: opcodes.text, payload, fin: false })
/** A further piece of a message. */
export const more = (payload: string | Uint8Array, fin = false) => frame({ opcode: opcodes.continuation, payload, fin })
/** The last piece of a message. */
export const last = (payload: string | Uint8Array) => more(payload, true)
export const binary = (payload: string | Uint8Array) => frame({ opcode: opcodes.binary, payload })
export const ping = (payload: string | Uint8Array = '') => frame({ opcode: opcodes.ping, payload })
export const pong = (payload: string | Uint8Array = '') => frame({ opcode: opcodes.pong, payload })

/** A Close frame; with a null code it has no payload at all. */
export function close(code: number | null, reason: string | Uint8Array = ''): Buffer {
  if (code === null) return frame({ opcode: opcodes.close })
  const head = Buffer.from([code >> 8, code & 0xff])
  return frame({ opcode: opcodes.close, payload: Buffer.concat([head, Buffer.from(reason as string)]) })
}

/** A message in pieces of `size` bytes. */
export function inPieces(payload: string | Uint8Array, size: number): Buffer[] {
  const data = Buffer.from(payload as string)
  const pieces: Buffer[] = []
  for (let at = 0; at < data.length; at += size) {
    const isLast = at + size >= data.length
    const opcode = at === 0 ? opcodes.text : opcodes.continuation
    pieces.push(frame({ opcode, payload: data.subarray(at, at + size), fin: isLast }))
  }
  return pieces
}

/** Bytes in chops of `size`, to be written one by one. */
export function chopped(bytes: Uint8Array, size: number): Buffer[] {
  const chops: Buffer[] = []
  for (let at = 0; at < bytes.length; at += size) chops.push(Buffer.from(bytes.subarray(at, at + size)))
  return chops
}

/** A frame of the server's. */
export interface ServerFrame {
  readonly opcode: number
  readonly payload: Buffer
}

/**
 * Takes the first whole frame off `bytes`; null when it is not whole yet. Throws at what a server of ours may not send: a
 * mask (§5.1), reserved bits, fragments, a length in a longer form than it needs, control frames above 125 bytes.
 */
export function readFrame(bytes: Buffer): { readonly frame: ServerFrame; readonly rest: Buffer } | null {
  if (bytes.length < 2) return null
  const [first = 0, second = 0] = bytes
  if ((first & 0xf0) !== 0x80) throw new Error(`first byte ${first.toString(16)}`)
  if (second > 127) throw new Error('a masked frame from a server')
  const form = second === 127 ? 8 : second === 126 ? 2 : 0
  if (bytes.length < 2 + form) return null
  const length = form === 8 ? Number(bytes.readBigUInt64BE(2)) : form === 2 ? bytes.readUInt16BE(2) : second
  if ((form === 2 && length < 126) || (form === 8 && length < 65_536))
    throw new Error('a length longer than it need be')
  const opcode = first & 0x0f
  if (opcode >= 8 && length > 125) throw new Error('a long control frame')
  if (bytes.length < 2 + form + length) return null
  const payload = Buffer.from(bytes.subarray(2 + form, 2 + form + length))
  return { frame: { opcode, payload }, rest: bytes.subarray(2 + form + length) }
}
