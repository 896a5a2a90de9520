/** Logging in over BOSH with a certificate, and chatting. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type BoshClient, connectBosh } from '../support/bosh-client.ts'
import { type Catalogue, type CatalogueName, createCatalogue } from '../support/pki/catalogue.ts'
import { type InitialResponse, mechanismsOf, readError } from '../support/xmpp-client.ts'
import { type Arena, openArena } from './arena.ts'

const domain = 'a.example'

describe('login over BOSH', () => {
  let catalogue: Catalogue
  let arena: Arena
  before(async () => {
    catalogue = createCatalogue(domain)
    arena = await openArena({ catalogue, tls: true })
  })
  after(() => arena[Symbol.asyncDispose]())

  const connect = (name: CatalogueName | null): Promise<BoshClient> => {
    const certificate = name === null ? null : catalogue.get(name)
    const tls = certificate === null ? {} : { cert: certificate.chainPem, key: certificate.keyPem }
    return connectBosh({ port: arena.port, tls: { ...tls, ca: catalogue.rootPem, servername: domain } })
  }

  const enter = async (name: CatalogueName, resource: string): Promise<BoshClient> => {
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
  for (const [name, response] of forms) {
    it(`takes ${name} for an authorization identity`, async () => {
      using client = await connect('one')
      const features = await client.open(domain)
      assert.deepEqual(mechanismsOf(features), ['EXTERNAL'])
      assert.equal(features.getChild('starttls'), undefined)
      const success = await client.auth(response)
      assert.deepEqual([success.name, success.getNS()], ['success', 'urn:ietf:params:xml:ns:xmpp-sasl'])
      assert.equal(await client.bind(domain, 'desk'), `alice@${domain}/desk`)
      const [decision, ...more] = arena.log.decisionsOf(client.local)
      assert.deepEqual([decision?.transport, decision?.outcome.kind, more.length], ['bosh', 'allow', 0])
      client.send('</stream:stream>')
      await client.closing()
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
