/** A client that is logged in to a server process, and asks whether the server still serves it. */

import assert from 'node:assert/strict'
import { authMarkup, type ClientTls, openClient, type XmppClient } from '../support/xmpp-client.ts'

/** Logs in at localhost by direct TLS, and binds a resource. */
export async function logIn(port: number, tls: ClientTls): Promise<XmppClient> {
  const { client } = await openClient({ port, door: 'direct', domain: 'localhost', tls })
  client.send(authMarkup('equals'))
  await client.element('success')
  await client.open('localhost')
  client.send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
  await client.element('iq')
  return client
}

/** Fails unless a ping is answered. */
export async function assertAnswers(client: XmppClient): Promise<void> {
  client.send("<iq type='get' id='p' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>")
  assert.equal((await client.element('iq')).attrs['type'], 'result')
}
