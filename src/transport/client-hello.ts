/** Waits for a TLS client to speak, so that a silent one costs a socket and no more (RFC 8446 §5.1, §4.1.2). */

import type { Socket } from 'node:net'

/** Header of a TLS record: type, legacy version, length. */
const headerBytes = 5

/** Longest plaintext record (RFC 8446 §5.1). */
const maxRecordBytes = 16_384

/** Content type `handshake`. */
const handshakeType = 22

/** Null once OpenSSL has something to judge; else why there will be no handshake, in words. */
export type HelloOutcome = string | null

/** What the first bytes of a connection are: `foreign` is no ClientHello, `flood` more than one may send unanswered. */
export type HelloShape = 'part' | 'whole' | 'foreign' | 'flood'

/**
 * Resolves with null when the whole first record has come, or bytes that begin no ClientHello; they are put back, the
 * socket paused. Takes no more than one record from the kernel, and one read beyond it.
 */
export function awaitClientHello(raw: Socket, limitMs: number): Promise<HelloOutcome> {
  return new Promise((resolve) => {
    let held: Buffer | null = null
    const finish = (outcome: HelloOutcome) => {
      clearTimeout(timer)
      raw.off('data', take).off('close', gone).off('end', gone)
      raw.pause()
      if (outcome === null && held !== null) raw.unshift(held)
      resolve(outcome)
    }
    const take = (chunk: Buffer) => {
      held = held === null ? chunk : Buffer.concat([held, chunk])
      const shape = shapeOfHello(held)
      if (shape === 'flood') finish('the client sent more than one TLS record before it was answered')
      // What is foreign is OpenSSL's to name: it knows HTTP from noise.
      else if (shape !== 'part') finish(null)
    }
    const gone = () => finish('the client closed the connection during the handshake')
    const timer = setTimeout(() => finish(`the handshake took longer than ${limitMs} ms`), limitMs)
    if (raw.destroyed || raw.readableEnded) return gone()
    raw.on('data', take).on('close', gone).on('end', gone)
    raw.resume()
  })
}

/** Judges the first bytes of a connection by their record header alone. */
export function shapeOfHello(bytes: Uint8Array): HelloShape {
  const type = bytes[0] ?? handshakeType
  const major = bytes[1] ?? 3
  // Nothing may follow a ClientHello that has not been answered; early data is never offered (RFC 8446 §4.2.10).
  if (bytes.length > headerBytes + maxRecordBytes) return 'flood'
  if (type !== handshakeType || major !== 3) return 'foreign'
  if (bytes.length < headerBytes) return 'part'
  const length = ((bytes[3] ?? 0) << 8) | (bytes[4] ?? 0)
  if (length === 0 || length > maxRecordBytes) return 'foreign'
  return bytes.length < headerBytes + length ? 'part' : 'whole'
}
