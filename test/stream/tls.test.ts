/** TLS as clients see it: versions, ALPN, server names, resumption, renegotiation. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import type { SecureVersion, TLSSocket } from 'node:tls'
import { type Catalogue, createCatalogue } from '../support/pki/catalogue.ts'
import { type Certificate, issueServer } from '../support/pki/certificate.ts'
import { dns } from '../support/pki/names.ts'
import { type Door, startServer, type TestServer } from '../support/server.ts'
import { type ClientTls, connectClient, connectSecure, type XmppClient } from '../support/xmpp-client.ts'
import { onBothDoors, tlsOf } from './both-doors.ts'

const domain = 'signet.example'
const secondDomain = 'second.example'

let catalogue: Catalogue
let second: Certificate
let server: TestServer

before(async () => {
  catalogue = createCatalogue(domain)
  second = issueServer(catalogue.root, [dns(secondDomain)], secondDomain)
  server = await startServer({ catalogue, hosts: [domain, secondDomain], sni: { [secondDomain]: second } })
})

after(() => server[Symbol.asyncDispose]())

async function secure(door: Door, tls: ClientTls, at: TestServer = server): Promise<XmppClient> {
  return connectSecure({ port: at.portOf(door), door, domain, tls: { ...tlsOf(catalogue.get('one')), ...tls } })
}

function tlsSocketOf({ socket }: XmppClient): TLSSocket {
  return socket as TLSSocket
}

/** Opens a stream on a secured connection and logs in; gives the bound JID. */
async function logIn(client: XmppClient): Promise<string> {
  await client.open(domain)
  assert.equal((await client.auth('equals')).name, 'success')
  return client.bind(domain)
}

/** Tries TLS on `door` of `at`, where it must fail, and gives the reason in the server's log. */
async function refusedReason(door: Door, tls: ClientTls, at: TestServer = server): Promise<string> {
  using client = await connectClient(at.portOf(door))
  if (door === 'starttls') {
    await client.open(domain)
    await client.requestTls()
  }
  const handshake = await client.secure({ ...tlsOf(catalogue.get('one')), ...tls })
  assert.equal(handshake.kind, 'failed')
  const { fields } = await at.log.until('tls_handshake_failed', at.about(client))
  return String(fields['why'])
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  onBothDoors(`a login over ${version} names the version in its record`, async (door) => {
    using client = await secure(door, { minVersion: version, maxVersion: version })
    assert.match(await logIn(client), /^alice@signet\.example\//)
    const [decision] = server.decisionsOf(client)
    assert.deepEqual(decision?.tls, {
      version,
      cipher: tlsSocketOf(client).getCipher().name,
      resumed: false,
    })
  })
}

describe('a listener that allows one version only', () => {
  const only: readonly (readonly [allowed: 'tlsv1.2' | 'tlsv1.3', version: SecureVersion, other: SecureVersion])[] = [
    ['tlsv1.2', 'TLSv1.2', 'TLSv1.3'],
    ['tlsv1.3', 'TLSv1.3', 'TLSv1.2'],
  ]
  for (const [allowed, version, other] of only) {
    onBothDoors(`speaks ${version} and not ${other}`, async (door) => {
      await using strict = await startServer({ catalogue, tls: { versions: [allowed] } })
      using client = await secure(door, {}, strict)
      assert.equal(tlsSocketOf(client).getProtocol(), version)
      const reason = await refusedReason(door, { minVersion: other, maxVersion: other }, strict)
      assert.match(reason, /no TLS version that is allowed here/)
    })
  }
})

onBothDoors('TLS 1.1 is not spoken', async (door) => {
  const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
  assert.match(await refusedReason(door, old), /no TLS version that is allowed here/)
})

test('a listener with a cipher list of its own refuses what is not on it', async () => {
  await using strict = await startServer({
    catalogue,
    tls: { ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384', versions: ['tlsv1.2'] },
  })
  using client = await secure('direct', {}, strict)
  assert.equal(tlsSocketOf(client).getCipher().name, 'ECDHE-ECDSA-AES256-GCM-SHA384')
  const reason = await refusedReason('direct', { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' }, strict)
  assert.match(reason, /client and server have no cipher in common: see tls\.ciphers, tls\.versions and/)
})

test('a listener whose ciphers are of a version that it does not allow says so', async () => {
  await using strict = await startServer({
    catalogue,
    tls: { ciphers: 'TLS_AES_256_GCM_SHA384', versions: ['tlsv1.2'] },
  })
  const reason = await refusedReason('direct', {}, strict)
  assert.match(reason, /^no cipher of tls\.ciphers fits tls\.versions and .* \(ERR_SSL_NO_CIPHERS_AVAILABLE\)$/)
})

test('a listener whose ciphers are not for its key does not put it on clients', async () => {
  await using strict = await startServer({
    catalogue,
    tls: { ciphers: 'ECDHE-RSA-AES256-GCM-SHA384', versions: ['tlsv1.2'] },
  })
  const reason = await refusedReason('direct', {}, strict)
  assert.equal(
    reason,
    "client and server have no cipher in common: see tls.ciphers, tls.versions and the type of the server's key (ERR_SSL_NO_SHARED_CIPHER)",
  )
})

test('on direct TLS the protocol is xmpp-client when a client asks', async () => {
  using client = await secure('direct', { alpn: ['xmpp-client'] })
  assert.equal(tlsSocketOf(client).alpnProtocol, 'xmpp-client')
  await logIn(client)
})

test('on direct TLS a client that asks for several protocols gets xmpp-client', async () => {
  using client = await secure('direct', { alpn: ['h2', 'xmpp-client'] })
  assert.equal(tlsSocketOf(client).alpnProtocol, 'xmpp-client')
})

test('on direct TLS a client need not ask', async () => {
  using client = await secure('direct', {})
  assert.equal(tlsSocketOf(client).alpnProtocol, false)
  await logIn(client)
})

test('on direct TLS a client that wants another protocol is sent away', async () => {
  assert.match(await refusedReason('direct', { alpn: ['h2', 'xmpp-server'] }), /another protocol than xmpp-client/)
})

test('with STARTTLS no protocol is negotiated', async () => {
  using client = await secure('starttls', { alpn: ['h2'] })
  assert.equal(tlsSocketOf(client).alpnProtocol, false)
  await logIn(client)
})

describe('the server certificate', () => {
  const asked: readonly (readonly [name: string | null, subject: string])[] = [
    [domain, domain],
    [secondDomain, secondDomain],
    ['SECOND.example', secondDomain],
    ['elsewhere.example', domain],
    [null, domain],
  ]
  for (const [name, subject] of asked) {
    onBothDoors(`for server name ${name ?? '(none)'} is that of ${subject}`, async (door) => {
      using client = await secure(door, name === null ? {} : { servername: name })
      const shown = tlsSocketOf(client).getPeerX509Certificate()
      const expected = subject === secondDomain ? second : catalogue.server
      assert.deepEqual(shown && Buffer.from(shown.raw), Buffer.from(expected.der))
      await logIn(client)
    })
  }
  onBothDoors('is one that a client which checks it accepts', async (door) => {
    using client = await secure(door, { ca: catalogue.rootPem, servername: secondDomain })
    assert.equal(tlsSocketOf(client).authorized, true)
  })
})

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  onBothDoors(`an attempt to resume a ${version} session gets a full handshake and is judged anew`, async (door) => {
    const options = { minVersion: version, maxVersion: version }
    using first = await secure(door, options)
    const sessions: Buffer[] = []
    tlsSocketOf(first).on('session', (session: Buffer) => sessions.push(session))
    await logIn(first)
    const session = sessions.at(-1) ?? tlsSocketOf(first).getSession()
    assert.ok(session, 'the client holds a session to try with')
    using again = await secure(door, { ...options, session })
    assert.equal(tlsSocketOf(again).isSessionReused(), false)
    await logIn(again)
    assert.equal(server.decisionsOf(again)[0]?.tls?.resumed, false)
  })
}

onBothDoors('renegotiation is refused, and so cannot change the certificate', async (door) => {
  using client = await secure(door, { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' })
  await client.open(domain)
  const socket = tlsSocketOf(client)
  const refused = new Promise<Error | null>((resolve) => {
    socket.on('error', resolve)
    socket.renegotiate({ rejectUnauthorized: false }, resolve)
  })
  assert.match(String(await refused), /no renegotiation/i)
})

onBothDoors('a key update of TLS 1.3 is no renegotiation and hurts nobody', async (door) => {
  using client = await secure(door, { minVersion: 'TLSv1.3' })
  await client.open(domain)
  // Large enough for several records, small enough for one element.
  client.send(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL' note='${'x'.repeat(2000)}'>=</auth>`)
  assert.equal((await client.element()).name, 'success')
})

onBothDoors('a client that drops the connection after login leaves no fault behind', async (door) => {
  const client = await secure(door, {})
  await logIn(client)
  client.destroy()
  await once(client.socket, 'close', { signal: AbortSignal.timeout(10_000) }).catch(() => undefined)
  assert.deepEqual(
    server.log.entries.filter(({ event }) => event === 'signet_fault'),
    [],
  )
})
