/** The attackers' side of the wire: connections from chosen addresses, floods, drips, and what the server said in the end. */

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ClientTls, readError, XmppClient } from '../../test/support/xmpp-client.ts'

/** Whom to attack, and from where. */
export interface Victim {
  readonly ports: { readonly starttls: number; readonly direct: number }
  readonly domain: string
  /** A certificate that may log in, for attacks by users. */
  readonly user: ClientTls
  /** The same with thousands of names in it. */
  readonly manyNames: ClientTls
  /** Source address of the next connection. */
  source(): string
  /** Between two bytes of a drip, milliseconds. */
  readonly stepMs: number
}

/** Longest that an attacker waits for the server to end it, milliseconds. */
const patienceMs = 60_000

/** Bytes after which a flood gives up: the server should have ended it long before. */
const floodBytes = 16_777_216

/** A connection in clear that nobody listens to yet. */
export async function dialRaw(victim: Victim, door: 'starttls' | 'direct'): Promise<Socket> {
  const socket = connect({
    port: victim.ports[door],
    host: '127.0.0.1',
    localAddress: victim.source(),
    noDelay: true,
  })
  await once(socket, 'connect')
  return socket
}

/** A connection in clear, nothing said yet. */
export async function dial(victim: Victim, door: 'starttls' | 'direct'): Promise<XmppClient> {
  return new XmppClient(await dialRaw(victim, door), patienceMs)
}

/** Sends bytes where TLS is spoken: `alert` with its number, or `closed` when the server said nothing. */
export function answerTo(socket: Socket, bytes: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    let heard = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      heard = Buffer.concat([heard, chunk])
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      if (heard.length === 0) return resolve('closed')
      // RFC 8446 §6: a fatal alert is the record type 21, its version, two bytes of length, 2, and its number.
      resolve(heard[0] === 21 && heard.length === 7 ? `alert ${heard[6]}` : heard.toString('latin1'))
    })
    socket.write(bytes)
  })
}

/** A connection through TLS, nothing said on the secured stream yet. */
export async function dialSecure(
  victim: Victim,
  door: 'starttls' | 'direct',
  tls: ClientTls = victim.user,
): Promise<XmppClient> {
  const client = await dial(victim, door)
  if (door === 'starttls') {
    await client.open(victim.domain)
    await client.requestTls()
  }
  const handshake = await client.secure(tls)
  if (handshake.kind === 'failed') throw new Error(handshake.error)
  return client
}

/** A bound session. */
export async function dialUser(victim: Victim, door: 'starttls' | 'direct'): Promise<XmppClient> {
  const client = await dialSecure(victim, door)
  await client.open(victim.domain)
  const answer = await client.auth('equals')
  if (answer.name !== 'success') throw new Error(`${answer.name}: ${readError(answer).condition}`)
  await client.bind(victim.domain)
  return client
}

/** How a connection ended: the condition of the stream error, else `closed`. */
export async function endingOf(client: XmppClient): Promise<string> {
  let said = 'closed'
  for (;;) {
    const arrival = await client.next()
    if (arrival.kind === 'end') break
    if (arrival.kind === 'element' && arrival.element.name === 'stream:error')
      said = readError(arrival.element).condition
  }
  client.destroy()
  return said
}

/** Sends `first` once, then `chunk` without end, and reports how the server ended it. */
export async function flood(client: XmppClient, first: string, chunk: string): Promise<string> {
  const ending = endingOf(client)
  let isOver = false
  void ending.finally(() => {
    isOver = true
  })
  const { socket } = client
  socket.write(first)
  const bytes = Buffer.from(chunk)
  for (let sent = 0; sent < floodBytes && !isOver && socket.writable; sent += bytes.length) {
    if (!socket.write(bytes)) await Promise.race([once(socket, 'drain'), ending]).catch(() => undefined)
  }
  return ending
}

/** Sends `text` a byte at a time, again and again, and reports how the server ended it. */
export async function drip(client: XmppClient, text: string | Uint8Array, stepMs: number): Promise<string> {
  const ending = endingOf(client)
  let isOver = false
  void ending.finally(() => {
    isOver = true
  })
  const bytes = Buffer.from(text)
  for (let index = 0; !isOver && client.socket.writable; index += 1) {
    client.socket.write(bytes.subarray(index % bytes.length, (index % bytes.length) + 1))
    await Promise.race([sleep(stepMs), ending])
  }
  return ending
}
