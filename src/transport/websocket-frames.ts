/** Text messages as a server's frames (RFC 6455 §5.2): whole, without mask, several of them in one piece of memory. */

const finalText = 0x81
const longestShort = 125
const longest16 = 0xffff

/** A ping without a payload. */
export const pingFrame: Uint8Array = Uint8Array.of(0x89, 0)

/** The bytes of these messages, one frame each. */
export function textFrames(...messages: readonly string[]): Buffer {
  let size = 0
  for (const message of messages) {
    const length = Buffer.byteLength(message)
    size += headBytes(length) + length
  }
  const bytes = Buffer.allocUnsafe(size)
  let at = 0
  for (const message of messages) {
    const head = headBytes(Buffer.byteLength(message))
    const length = bytes.write(message, at + head)
    writeHead(bytes, at, length)
    at += head + length
  }
  return bytes
}

function headBytes(length: number): number {
  return length <= longestShort ? 2 : length <= longest16 ? 4 : 10
}

function writeHead(bytes: Buffer, at: number, length: number): void {
  bytes[at] = finalText
  if (length <= longestShort) {
    bytes[at + 1] = length
  } else if (length <= longest16) {
    bytes[at + 1] = 126
    bytes.writeUInt16BE(length, at + 2)
  } else {
    bytes[at + 1] = 127
    bytes.writeBigUInt64BE(BigInt(length), at + 2)
  }
}
