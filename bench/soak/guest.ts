/** Somebody at the server: logs in, waits for what is due and skips what else comes, leaves in order. */

import type { SecureContext } from 'node:tls'
import type { Element } from 'ltx'
import { connectClient, readError, type XmppClient } from '../../test/support/xmpp-client.ts'
import { type DoorName, domain, type Person } from './site.ts'
import type { Tally } from './tally.ts'

/** Where the server is. */
export type Ports = Readonly<Record<DoorName, number>>

/** What every visit works with. */
export interface World {
  readonly ports: Ports
  readonly tally: Tally
}

/** How long any one wait may take, milliseconds. */
const patienceMs = 60_000

/** Elements that may come before the one that is due. */
const maxSkipped = 2_000

/** A connection through TLS on one of the doors; nothing said on the secured stream yet. */
export async function reach({ ports }: World, door: DoorName, secureContext: SecureContext): Promise<XmppClient> {
  const client = await connectPatient(ports[door])
  if (door === 'starttls') {
    await client.open(domain)
    await client.requestTls()
  }
  const handshake = await client.secure({ secureContext })
  if (handshake.kind === 'failed') throw new Error(`TLS failed: ${handshake.error}`)
  return client
}

/** A whole login: certificate, EXTERNAL, binding. The JID must be the certificate's. */
export async function logIn(world: World, door: DoorName, person: Person): Promise<XmppClient> {
  const began = performance.now()
  const client = await reach(world, door, person.context)
  try {
    await client.open(domain)
    const answer = await client.auth('equals')
    if (answer.name !== 'success') throw new Error(`no success: ${answer.toString()}`)
    const jid = await client.bind(domain)
    if (!jid.startsWith(`${person.jid}/`)) throw new Error(`${jid} is not of ${person.jid}`)
    world.tally.time('login', performance.now() - began)
    world.tally.count('logins')
    return client
  } catch (cause) {
    client.destroy()
    throw cause
  }
}

/** A login, the roster and initial presence: from here on messages come. */
export async function enter(world: World, door: DoorName, person: Person): Promise<XmppClient> {
  const client = await logIn(world, door, person)
  await request(client, 'roster', 'get', "<query xmlns='jabber:iq:roster'/>")
  client.send('<presence/>')
  return client
}

/** Skips what comes until an element `matches`. */
export async function until(client: XmppClient, matches: (element: Element) => boolean): Promise<Element> {
  for (let skipped = 0; skipped < maxSkipped; skipped += 1) {
    const element = await client.element()
    if (matches(element)) return element
    if (element.attrs['type'] === 'error') throw new Error(`an error: ${element.toString()}`)
  }
  throw new Error('what is due does not come')
}

/** The result of the request with this id. */
export function answerTo(client: XmppClient, id: string): Promise<Element> {
  return until(client, ({ name, attrs }) => name === 'iq' && attrs['id'] === id && attrs['type'] === 'result')
}

/** Sends a request to the own account, and waits until it is granted. */
export async function request(client: XmppClient, id: string, type: 'get' | 'set', payload: string): Promise<Element> {
  client.send(`<iq type='${type}' id='${id}'>${payload}</iq>`)
  return answerTo(client, id)
}

/** Resolves when the server has taken everything that was sent before. */
export async function settle(client: XmppClient, id: string): Promise<void> {
  client.send(`<iq type='get' id='${id}' to='${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`)
  await answerTo(client, id)
}

/** Ends the stream, hears the server end it, and hangs up. */
export async function leave(client: XmppClient): Promise<void> {
  client.send('</stream:stream>')
  for (let skipped = 0; skipped < maxSkipped; skipped += 1) {
    const arrival = await client.next()
    if (arrival.kind === 'element') continue
    if (arrival.kind !== 'footer') throw new Error(`the server did not end the stream: ${arrival.kind}`)
    await client.end()
    client.destroy()
    return
  }
  throw new Error('the stream does not end')
}

/** The condition of the stream error that must come before the end; what stands before it is skipped. */
export async function endedWith(client: XmppClient): Promise<string> {
  let condition = ''
  for (;;) {
    const arrival = await client.next()
    if (arrival.kind === 'end') return condition
    if (arrival.kind === 'element' && arrival.element.name === 'stream:error') {
      condition = readError(arrival.element).condition
    }
  }
}

/** A bare connection. Its waits are longer than the server's, for a machine that has other work as well. */
export function connectPatient(port: number): Promise<XmppClient> {
  return connectClient(port, '127.0.0.1', patienceMs)
}
