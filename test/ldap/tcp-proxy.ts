/** A TCP proxy between a client and a server on 127.0.0.1 that can be slow, or fall silent. */

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** How the proxy treats what the server says. */
export type ProxyMood = 'quick' | 'stutter' | 'silent'

/** A running proxy. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number
  mood: ProxyMood
  /** Connections that were made through it. */
  readonly accepted: number
  /** Cuts every connection. */
  cut(): void
}

/** Starts a proxy to `port`. */
export async function startProxy(port: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let accepted = 0
  let mood: ProxyMood = 'quick'
  const server = createServer((client) => {
    accepted += 1
    const upstream = connect({ port, host: '127.0.0.1' })
    for (const [socket, other] of [[client, upstream] as const, [upstream, client] as const]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.once('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
    client.pipe(upstream)
    upstream.on('data', (data: Buffer) => {
      if (mood === 'quick') client.write(data)
      else if (mood === 'stutter') void stutter(client, upstream, data)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('no port')
  return {
    port: address.port,
    get mood() {
      return mood
    },
    set mood(next) {
      mood = next
    },
    get accepted() {
      return accepted
    },
    cut: () => {
      for (const socket of sockets) socket.destroy()
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Hands on one octet at a time, each in a segment of its own. */
async function stutter(to: Socket, from: Socket, data: Buffer): Promise<void> {
  from.pause()
  for (const octet of data) {
    if (to.destroyed) return
    await new Promise<void>((resolve) => to.write(Buffer.of(octet), () => setImmediate(resolve)))
  }
  from.resume()
}
