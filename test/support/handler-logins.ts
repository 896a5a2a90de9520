/** Logging in with a certificate, and chatting, by the handlers of streams: the same tests for each. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { HandlerArena } from './handler-arena.ts'
import { type Catalogue, type CatalogueName, createCatalogue } from './pki/catalogue.ts'
import type { StreamClient } from './stream-client.ts'
import { type ClientTls, type InitialResponse, mechanismsOf, readError } from './xmpp-client.ts'

const domain = 'a.example'

type LoginArena = Pick<HandlerArena<never>, 'port' | 'log' | typeof Symbol.asyncDispose>

/** A handler to log in by. */
export interface LoginDoor<C extends StreamClient> {
  /** For the names of the tests. */
  readonly name: string
  /** What the decision records say. */
  readonly transport: 'websocket' | 'bosh'
  openArena(plan: { readonly catalogue: Catalogue; readonly tls: boolean }): Promise<LoginArena>
  connect(plan: { readonly port: number; readonly tls: ClientTls }): Promise<C>
  /** Looks at a client whose stream has ended in order. */
  ended(client: C): void
}

/** Declares the tests. */
export function testLogins<C extends StreamClient>(door: LoginDoor<C>): void {
  const { transport } = door
  describe(`login over ${door.name}`, () => {
    let catalogue: Catalogue
    let arena: LoginArena
    before(async () => {
      catalogue = createCatalogue(domain)
      arena = await door.openArena({ catalogue, tls: true })
    })
    after(() => arena[Symbol.asyncDispose]())

    const connect = (name: CatalogueName | null): Promise<C> => {
      const certificate = name === null ? null : catalogue.get(name)
      const tls = certificate === null ? {} : { cert: certificate.chainPem, key: certificate.keyPem }
      return door.connect({ port: arena.port, tls: { ...tls, ca: catalogue.rootPem, servername: domain } })
    }

    const enter = async (name: CatalogueName, resource: string): Promise<C> => {
      const client = await connect(name)
      await client.open(domain)
      assert.equal((await client.auth('equals')).name, 'success')
      await client.bind(domain, resource)
      return client
    }

    const forms: readonly (readonly [string, InitialResponse])[] = [
      ['=', 'equals'],
      ['the bare JID', { text: `alice@${domain}` }],
      ['the full JID', { text: `alice@${domain}/profanity` }],
      ['an element with nothing in it', { raw: '' }],
      ['an empty-element tag', 'absent'],
    ]
    for (const [form, response] of forms) {
      it(`takes ${form} for an authorization identity`, async () => {
        using client = await connect('one')
        const features = await client.open(domain)
        assert.deepEqual(mechanismsOf(features), ['EXTERNAL'])
        assert.equal(features.getChild('starttls'), undefined)
        const success = await client.auth(response)
        assert.deepEqual([success.name, success.getNS()], ['success', 'urn:ietf:params:xml:ns:xmpp-sasl'])
        assert.equal(await client.bind(domain, 'desk'), `alice@${domain}/desk`)
        const [decision, ...more] = arena.log.decisionsOf(client.local)
        assert.deepEqual([decision?.transport, decision?.outcome.kind, more.length], [transport, 'allow', 0])
        client.send('</stream:stream>')
        await client.closing()
        door.ended(client)
      })
    }

    it('does not offer EXTERNAL without a certificate', async () => {
      using client = await connect(null)
      assert.equal(mechanismsOf(await client.open(domain)), null)
      const failure = await client.auth('equals')
      assert.equal(readError(failure).condition, 'not-authorized')
      const [decision] = arena.log.decisionsOf(client.local)
      assert.deepEqual(decision?.outcome.kind === 'deny' && decision.outcome.code, 'certificate-missing')
    })

    it('names the reason for a refused identity, and goes on', async () => {
      using client = await connect('one')
      await client.open(domain)
      const failure = await client.auth({ text: `mallory@${domain}` })
      assert.equal(readError(failure).condition, 'invalid-authzid')
      assert.equal((await client.auth('equals')).name, 'success')
    })

    it('carries a chat of two', async () => {
      using alice = await enter('one', 'a')
      using bob = await enter('bob', 'b')
      alice.send(`<message to='bob@${domain}/b' type='chat' id='1'><body>Grüße 🖖</body></message>`)
      const message = await bob.element('message')
      assert.deepEqual(
        [message.attrs['xmlns'], message.attrs['from'], message.getChildText('body')],
        ['jabber:client', `alice@${domain}/a`, 'Grüße 🖖'],
      )
    })
  })
}
