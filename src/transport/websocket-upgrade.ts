/** From an HTTP request to a WebSocket (RFC 6455 §4.2.2), on the package `ws`, with hooks where its own habits do not fit. */

import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { Writable } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'

/** What ws itself has to say about a connection, beyond its events. */
export interface FrameWatcher {
  /** The peer's frames cannot be read on; the code says why. Nothing was sent yet. */
  broken(code: number): void
  /** The peer sent its Close frame, or is gone. */
  left(): void
}

/** A server's WebSocket that asks before it says goodbye, and whose limit can be raised. */
export class FramedSocket extends WebSocket {
  watcher: FrameWatcher | null = null

  /**
   * Called by ws: with a code and no reason where the peer's frames are broken; with what the peer's Close frame said, to
   * answer it, otherwise. In the first case nothing is sent yet: an XMPP client hears a stream error first.
   */
  override close(code?: number, reason?: string | Buffer): void {
    const { watcher } = this
    if (watcher !== null && code !== undefined && reason === undefined) {
      watcher.broken(code)
      return
    }
    super.close(code, reason)
    watcher?.left()
  }

  /** Sends our Close frame; the connection ends when the peer's has come. */
  finish(code: number): void {
    if (this.readyState === WebSocket.OPEN) super.close(code)
  }

  /**
   * Largest message taken from now on, bytes. ws has a limit for all of a server's connections only, so this reaches for
   * its receiver; were it not there, the limit of the server would stay, and the length of each message is looked at again.
   */
  limitMessages(bytes: number): void {
    const { _receiver: receiver } = this as unknown as { readonly _receiver?: { _maxPayload?: number } }
    if (receiver?._maxPayload !== undefined) receiver._maxPayload = bytes
  }

  /** ws ends its receiver up to three times; of every time but the first Node makes an error, with its stack, for nobody. */
  endReceiverOnce(): void {
    const { _receiver: receiver } = this as unknown as { readonly _receiver?: Writable }
    if (receiver !== undefined) Object.assign(receiver, { end: endOnce })
  }
}

function endOnce(this: Writable): Writable {
  return this.writableEnded ? this : Reflect.apply(Writable.prototype.end, this, [])
}

/** Pieces of one message, and of one frame, that wait for the rest. */
const maxFragments = 1_024
const minBufferedChunks = 1_024

/** Bytes that the pieces of a longest frame have at least, on average: no network divides more finely by itself. */
const bytesPerChunk = 256

/** Completes upgrades that were found in order. `maxMessageBytes` bounds every message of every connection. */
export function createUpgrader(
  maxMessageBytes: number,
): (request: IncomingMessage, socket: Socket, head: Buffer, done: (socket: FramedSocket) => void) => void {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    WebSocket: FramedSocket,
    // Compression beside secrets tells of them by its length, and costs memory for each connection.
    perMessageDeflate: false,
    // Answered by the transport, which bounds what waits to be sent.
    autoPong: false,
    handleProtocols: () => subprotocol,
    maxPayload: maxMessageBytes,
    maxFragments,
    maxBufferedChunks: Math.max(minBufferedChunks, Math.ceil(maxMessageBytes / bytesPerChunk)),
  })
  return (request, socket, head, done) => server.handleUpgrade(request, socket, head, done)
}

/** RFC 7395 §3.1. */
export const subprotocol = 'xmpp'
