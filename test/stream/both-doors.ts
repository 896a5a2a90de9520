/** A wire transcript that must read the same on every door. */

import { test } from 'node:test'
import { type EveryDoor, everyDoor } from '../support/every-door.ts'
import type { CatalogueCertificate } from '../support/pki/catalogue.ts'
import { type Door, doors, type TestServer } from '../support/server.ts'
import { type ClientTls, connectClient, connectSecure, headerTo, type XmppClient } from '../support/xmpp-client.ts'

/** Runs `body` once per door, as a test each. */
export function onBothDoors(name: string, body: (door: Door) => Promise<void>): void {
  for (const door of doors) test(`${name} (${door})`, () => body(door))
}

/** Runs `body` once per way in, over WebSocket and BOSH as well, as a test each. */
export function onEveryDoor(name: string, body: (door: EveryDoor) => Promise<void>): void {
  for (const door of everyDoor) test(`${name} (${door})`, () => body(door))
}

/** The client's side of TLS with a certificate of the catalogue. */
export function tlsOf({ chainPem, keyPem }: CatalogueCertificate): ClientTls {
  return { cert: chainPem, key: keyPem }
}

/** A place where a stream header is due, with a name for messages. */
export interface Threshold {
  readonly name: string
  reach(): Promise<XmppClient>
}

/** The three places where a client opens a stream before it is logged in: in clear, after STARTTLS, after direct TLS. */
export function thresholds(server: () => TestServer, domain: string, tls: () => ClientTls): readonly Threshold[] {
  const secure = (door: Door) => () => connectSecure({ port: server().portOf(door), door, domain, tls: tls() })
  return [
    { name: 'in clear', reach: () => connectClient(server().portOf('starttls')) },
    { name: 'after STARTTLS', reach: secure('starttls') },
    { name: 'direct TLS', reach: secure('direct') },
  ]
}

/** The stream error that a header provokes; the server's own header must come first (RFC 6120 §4.9.1.2). */
export async function headerRefusal(client: XmppClient, header: string): Promise<string> {
  client.send(header)
  await client.header()
  return (await client.streamError()).condition
}

/** The stream error that `data` provokes on a stream that was opened in order. */
export async function refusalOf(client: XmppClient, domain: string, data: string | Uint8Array): Promise<string> {
  client.send(headerTo(domain))
  await client.header()
  await client.element('stream:features')
  client.send(data)
  return (await client.streamError()).condition
}
