/** Every way in to a test server, and one knock for all of them: up to the first features, or to what came in their place. */

import type { Element } from 'ltx'
import type { C2sOptions } from '../../src/listener/c2s-options.ts'
import type { HandlerOptions } from '../../src/listener/https/handler-options.ts'
import type { Decision } from '../../src/observe/decision.ts'
import { everyHandler } from '../https/handlers.ts'
import { connectBosh } from './bosh-client.ts'
import type { HttpConnection } from './http-connection.ts'
import type { ClientEnds, HttpsPlan, TestServer } from './server.ts'
import type { StreamClient } from './stream-client.ts'
import { connectWebSocket, tryWebSocket } from './websocket-client.ts'
import { type ClientTls, connectSecure, headerTo, readError } from './xmpp-client.ts'

/** Every way in, in the order tests go through them. */
export const everyDoor = ['starttls', 'direct', 'websocket', 'bosh'] as const

/** One of them. */
export type EveryDoor = (typeof everyDoor)[number]

/** What a decision record names as its transport. */
export const transportOf: Readonly<Record<EveryDoor, Decision['transport']>> = {
  starttls: 'tcp',
  direct: 'tcp',
  websocket: 'websocket',
  bosh: 'bosh',
}

/** The listener that a door belongs to. */
export function listenerOf(door: EveryDoor): 'starttls' | 'direct' | 'https' {
  return door === 'starttls' || door === 'direct' ? door : 'https'
}

/**
 * The HTTPS listener behind the last two doors. What tests want of the others' options goes into `more` as well, and into
 * `stream` what is an option of each handler here.
 */
export function httpsWith(
  more: Partial<Omit<HttpsPlan, 'handlers'>> = {},
  stream: Partial<Pick<C2sOptions, 'maxStanzaBytes' | 'stateTimeoutMs'>> = {},
): HttpsPlan {
  const handlers = everyHandler.flatMap((handler): readonly HandlerOptions[] => {
    if (handler.name === 'mongoose_websocket_handler')
      return [{ ...handler, options: { ...handler.options, ...stream } }]
    return handler.name === 'mongoose_bosh_handler' ? [{ ...handler, options: { ...handler.options, ...stream } }] : []
  })
  return { ...more, handlers }
}

/** Where to go, as whom. */
export interface Knock {
  readonly door: EveryDoor
  readonly port: number
  /** The stream's `to`. */
  readonly domain: string
  readonly tls: ClientTls
  /** Connections of earlier BOSH sessions with this certificate: one is taken, and given back in the end. */
  readonly kept?: HttpConnection[]
  /** Further attributes of the stream header. */
  readonly more?: string
}

/** What came of it. */
export type Welcome =
  | { readonly kind: 'features'; readonly client: StreamClient; readonly features: Element }
  /** Our header was answered with one and with this error; then the connection ended in order. */
  | { readonly kind: 'stream-error'; readonly condition: string; readonly text: string; readonly ends: ClientEnds }
  /** HTTP let nobody in. */
  | { readonly kind: 'http'; readonly status: number; readonly text: string; readonly ends: ClientEnds }

/** Opens a stream. Throws when anything else comes of it than a `Welcome`, TLS that fails included. */
export async function knock(at: Knock): Promise<Welcome> {
  const { door, port, domain, tls, more = '' } = at
  switch (door) {
    case 'starttls':
    case 'direct':
      return greet(await connectSecure({ port, door, domain, tls }), domain, more)
    case 'websocket': {
      const opening = await tryWebSocket({ port, path: '/ws-xmpp', domain, tls })
      if (opening.kind === 'open') return greet(opening.client, domain, more)
      const { status, body: text } = opening
      return { kind: 'http', status, text, ends: opening }
    }
    case 'bosh':
      return knockAtBosh(at)
  }
}

/** A client behind TLS that has said nothing yet; throws where HTTP lets nobody in. */
export function reach({ door, port, domain, tls }: Knock): Promise<StreamClient> {
  switch (door) {
    case 'starttls':
    case 'direct':
      return connectSecure({ port, door, domain, tls })
    case 'websocket':
      return connectWebSocket({ port, path: '/ws-xmpp', domain, tls })
    case 'bosh':
      return connectBosh({ port, domain, tls })
  }
}

async function knockAtBosh({ port, domain, tls, kept, more = '' }: Knock): Promise<Welcome> {
  const first = kept?.pop()
  const client = await connectBosh({
    ...{ port, domain, tls },
    ...(first !== undefined && { first }),
    ...(kept !== undefined && { keep: (connection) => kept.push(connection) }),
  })
  try {
    return await greet(client, domain, more)
  } catch (fault) {
    if (client.refusal === null) throw fault
    return { kind: 'http', status: client.refusal.status, text: client.refusal.text, ends: client }
  }
}

async function greet(client: StreamClient, domain: string, more: string): Promise<Welcome> {
  try {
    client.send(headerTo(domain, more))
    await client.header()
    const first = await client.element()
    if (first.name === 'stream:features') return { kind: 'features', client, features: first }
    await client.closing()
    client.destroy()
    return { kind: 'stream-error', ...readError(first), ends: client }
  } catch (fault) {
    client.destroy()
    throw fault
  }
}

/** Knocks where a stream must open; throws when none does. */
export async function openDoor(at: Knock): Promise<{ readonly client: StreamClient; readonly features: Element }> {
  const welcome = await knock(at)
  if (welcome.kind === 'features') return welcome
  throw new Error(`no stream by ${at.door}: ${JSON.stringify({ ...welcome, ends: undefined })}`)
}

/**
 * Hands out each decision record once, to the first who asks for those of its connection: a port of the client may serve
 * several doors in turn, and a connection several sessions.
 */
export function createReader(server: Pick<TestServer, 'decisionsOf'>): (ends: ClientEnds) => readonly Decision[] {
  const read = new Map<string, number>()
  return (ends) => {
    const key = `${ends.local} ${ends.port}`
    const all = server.decisionsOf(ends)
    const fresh = all.slice(read.get(key) ?? 0)
    read.set(key, all.length)
    return fresh
  }
}
