/** Clients of a host in this process, without a transcript. */

import type { LocalHost } from '../../src/session/local/host.ts'
import { createMemoryConduit, headerOf, type MemoryConduit, parseElement } from './memory-conduit.ts'
import { carry, takeNext } from './scene.ts'

/** A client whose every answer the test takes by itself. */
export interface Client {
  readonly conduit: MemoryConduit
  readonly over: Promise<void>
  send(markup: string): void
}

/** Logs in and binds the resource. */
export async function login(host: LocalHost, local: string, resource: string): Promise<Client> {
  const conduit = createMemoryConduit()
  const { over } = await carry(host, local, conduit)
  conduit.bring({ kind: 'open', header: headerOf() })
  const send = (markup: string) => conduit.bring({ kind: 'element', element: parseElement(markup) })
  send(
    `<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${resource}</resource></bind></iq>`,
  )
  await takeNext(conduit)
  return { conduit, over, send }
}

/** A chat message to bob with a body of so many characters. */
export const chat = (id: number, size = 0) =>
  `<message to='bob@localhost' type='chat' id='${id}'><body>${'x'.repeat(size)}</body></message>`
/** A ping to the own account, and what says that all before it has come. */
export const ping = "<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>"

/** Sends, and drops the one thing that comes back. */
export const untilNext = async (client: Client, markup: string) => {
  client.send(markup)
  await takeNext(client.conduit)
}

/** The messages among what has come. */
export const messagesIn = (conduit: MemoryConduit) => conduit.received.filter((markup) => markup.startsWith('<message'))
