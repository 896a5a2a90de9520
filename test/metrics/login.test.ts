/** After exact logins a scrape over HTTPS has exact numbers, and hostile clients add no series. */

import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { ThrottleOptions } from '../../src/auth/throttle.ts'
import { boshServiceSection, resolveBoshService } from '../../src/listener/https/bosh-options.ts'
import { handlersSection, resolveHandlers } from '../../src/listener/https/handler-options.ts'
import { loopbackRanges } from '../../src/listener/https/metrics-options.ts'
import { ask } from '../https/https-client.ts'
import { connectBosh } from '../support/bosh-client.ts'
import { type CatalogueName, createCatalogue } from '../support/pki/catalogue.ts'
import { type Door, startServer, type TestServer } from '../support/server.ts'
import type { StreamClient } from '../support/stream-client.ts'
import { connectWebSocket } from '../support/websocket-client.ts'
import {
  authMarkup,
  type ClientTls,
  connectSecure,
  headerTo,
  openClient,
  type XmppClient,
} from '../support/xmpp-client.ts'
import { readSamples, type Samples, samplesOf } from './exposition.ts'

const domain = 'signet.example'
const catalogue = createCatalogue(domain)
const handlers = [
  {
    name: 'signet_metrics_handler',
    place: { host: null, path: '/metrics' },
    options: { addresses: loopbackRanges, bearerToken: null },
  },
] as const
const throttle: ThrottleOptions = {
  limits: {
    address: { freeFailures: 1_000, maxFailures: 1_001 },
    certificate: { freeFailures: 1, maxFailures: 3 },
    account: { freeFailures: 1, maxFailures: 3 },
  },
  windowMs: 60_000,
  firstDelayMs: 1,
  maxDelayMs: 4,
  lockMs: 60_000,
  maxEntries: 1_000,
}

/** The place is for reports of faults, which these options have none of. */
const nowhere = { at: () => nowhere, isSpoiled: false } as never
const service = resolveBoshService(boshServiceSection.parse({}))

async function scrape(server: TestServer): Promise<Samples> {
  const { status, body } = await ask({ port: server.portOf('https'), catalogue, path: '/metrics' })
  assert.equal(status, 200)
  return readSamples(body)
}

function portOf(server: TestServer, door: Door, certificate: CatalogueName | null) {
  const shown = certificate === null ? null : catalogue.get(certificate)
  const tls = shown === null ? {} : { cert: shown.chainPem, key: shown.keyPem }
  return { port: server.portOf(door), door, domain, tls }
}

/** Ends the connection from this side, and resolves when the server has done with it. */
async function leave(server: TestServer, client: XmppClient): Promise<void> {
  client.destroy()
  await server.log.until('connection_closed', server.about(client))
}

describe('a scrape', () => {
  let server: TestServer
  before(async () => {
    server = await startServer({ catalogue, throttle, https: { handlers }, sni: { 'b.example': catalogue.server } })
  })
  after(() => server[Symbol.asyncDispose]())

  test('has what three clients did', async () => {
    const first = (await openClient(portOf(server, 'starttls', 'one'))).client
    assert.equal((await first.auth('equals')).name, 'success')
    await first.bind(domain)
    const second = (await openClient(portOf(server, 'direct', 'one'))).client
    assert.equal((await second.auth({ text: `bob@${domain}` })).name, 'failure')
    const third = (await openClient(portOf(server, 'direct', 'expired'))).client
    assert.equal((await third.auth('equals')).name, 'failure')
    const samples = await scrape(server)
    assert.deepEqual(samplesOf(samples, 'signet_login_decisions_total'), {
      '{listener="starttls",transport="tcp",mechanism="EXTERNAL",outcome="allow",reason="none"}': 1,
      '{listener="direct",transport="tcp",mechanism="EXTERNAL",outcome="deny",reason="authzid-mismatch"}': 1,
      '{listener="direct",transport="tcp",mechanism="EXTERNAL",outcome="deny",reason="chain-expired"}': 1,
    })
    assert.deepEqual(samplesOf(samples, 'signet_login_duration_seconds_count'), {
      '{mechanism="EXTERNAL",outcome="allow"}': 1,
      '{mechanism="EXTERNAL",outcome="deny"}': 2,
    })
    assert.deepEqual(samplesOf(samples, 'signet_backend_verdicts_total'), { '{backend="pki",verdict="allow"}': 1 })
    assert.deepEqual(samplesOf(samples, 'signet_client_certificates_total'), {
      '{listener="starttls",status="trusted",reason="none"}': 1,
      '{listener="direct",status="trusted",reason="none"}': 1,
      '{listener="direct",status="untrusted",reason="chain-expired"}': 1,
      '{listener="https",status="none",reason="none"}': 1,
    })
    assert.deepEqual(samplesOf(samples, 'signet_tls_handshakes_total'), {
      '{listener="starttls",result="done"}': 1,
      '{listener="direct",result="done"}': 2,
      '{listener="https",result="done"}': 1,
    })
    assert.deepEqual(samplesOf(samples, 'signet_sessions'), { '{listener="starttls",transport="tcp"}': 1 })
    const open = { '{listener="starttls"}': 1, '{listener="direct"}': 2, '{listener="https"}': 1 }
    assert.deepEqual(samplesOf(samples, 'signet_connections'), open)
    assert.deepEqual(samplesOf(samples, 'signet_connections_accepted_total'), open)
    assert.deepEqual(samplesOf(samples, 'signet_streams_ended_total'), {})
    await Promise.all([first, second, third].map((client) => leave(server, client)))
    const later = await scrape(server)
    assert.deepEqual(samplesOf(later, 'signet_sessions'), { '{listener="starttls",transport="tcp"}': 0 })
    assert.deepEqual(samplesOf(later, 'signet_sessions_opened_total'), { '{listener="starttls",transport="tcp"}': 1 })
    assert.deepEqual(samplesOf(later, 'signet_streams_ended_total'), {
      '{listener="starttls",transport="tcp",stage="session",condition="none"}': 1,
      '{listener="direct",transport="tcp",stage="negotiation",condition="none"}': 2,
    })
    assert.equal(later.get('signet_connections{listener="direct"}'), 0)
  })

  test('has the certificates that the server shows, and when they end', async () => {
    const endsAt = Date.parse(new X509Certificate(catalogue.server.pem).validTo) / 1000
    const shown = ['starttls', 'direct', 'https'].flatMap((listener) => [
      [`{listener="${listener}",server_name="default"}`, endsAt],
      [`{listener="${listener}",server_name="b.example"}`, endsAt],
    ])
    const metric = 'signet_server_certificate_expiry_timestamp_seconds'
    assert.deepEqual(samplesOf(await scrape(server), metric), Object.fromEntries(shown))
  })

  test('has the errors that streams ended with, before login and after', async () => {
    const stray = await connectSecure(portOf(server, 'direct', null))
    stray.send(headerTo('elsewhere.example'))
    await stray.header()
    assert.equal((await stray.streamError()).condition, 'host-unknown')
    await leave(server, stray)
    const { client } = await openClient(portOf(server, 'direct', 'one'))
    assert.equal((await client.auth('equals')).name, 'success')
    await client.bind(domain)
    client.send('<nonsense/>')
    assert.equal((await client.streamError()).condition, 'unsupported-stanza-type')
    await leave(server, client)
    const ended = samplesOf(await scrape(server), 'signet_streams_ended_total')
    const of = (stage: string, condition: string) =>
      ended[`{listener="direct",transport="tcp",stage="${stage}",condition="${condition}"}`]
    assert.equal(of('negotiation', 'host-unknown'), 1)
    assert.equal(of('session', 'unsupported-stanza-type'), 1)
  })

  test('has handshakes that failed', async () => {
    await assert.rejects(connectSecure({ ...portOf(server, 'direct', null), tls: { maxVersion: 'TLSv1.1' } }))
    await server.log.until('tls_handshake_failed')
    assert.equal((await scrape(server)).get('signet_tls_handshakes_total{listener="direct",result="failed"}'), 1)
  })
})

interface HttpDoor {
  readonly transport: 'websocket' | 'bosh'
  readonly handler: Parameters<typeof handlersSection.parse>[0]
  readonly connect: (plan: { readonly port: number; readonly tls: ClientTls }) => Promise<StreamClient>
}

const httpDoors: readonly HttpDoor[] = [
  { transport: 'websocket', handler: { mongoose_websocket_handler: [{ path: '/ws' }] }, connect: connectWebSocket },
  { transport: 'bosh', handler: { mongoose_bosh_handler: [{}] }, connect: connectBosh },
]

describe('a session', () => {
  for (const { transport, handler, connect } of httpDoors) {
    test(`over ${transport} is counted as what it is`, async () => {
      const door = resolveHandlers(handlersSection.parse(handler), service, nowhere)
      await using server = await startServer({ catalogue, https: { handlers: [...handlers, ...door] } })
      const { chainPem: cert, keyPem: key } = catalogue.get('one')
      const client = await connect({ port: server.portOf('https'), tls: { cert, key } })
      using _ = client
      await client.open(domain)
      assert.equal((await client.auth('equals')).name, 'success')
      const jid = await client.bind(domain)
      const samples = await scrape(server)
      const place = `listener="https",transport="${transport}"`
      assert.deepEqual(samplesOf(samples, 'signet_sessions'), { [`{${place}}`]: 1 })
      assert.deepEqual(samplesOf(samples, 'signet_login_decisions_total'), {
        [`{${place},mechanism="EXTERNAL",outcome="allow",reason="none"}`]: 1,
      })
      client.send('</stream:stream>')
      await client.closing()
      await server.log.until('session_closed', (fields) => fields['jid'] === jid)
      await server.app.stop()
      const later = readSamples((await server.app.metrics.scrape()).text)
      assert.equal(later.get(`signet_sessions{${place}}`), 0)
      assert.equal(later.get(`signet_streams_ended_total{${place},stage="session",condition="none"}`), 1)
    })
  }
})

describe('locks', () => {
  test('are counted when they are set, stand while they last, and their waits are measured', async () => {
    await using server = await startServer({ catalogue, throttle, https: { handlers } })
    const { client } = await openClient(portOf(server, 'direct', 'one'))
    for (let count = 0; count < 3; count += 1) {
      assert.equal((await client.auth({ text: `bob@${domain}` })).name, 'failure')
    }
    await leave(server, client)
    const again = (await openClient(portOf(server, 'direct', 'one'))).client
    assert.equal((await again.auth('equals')).name, 'failure')
    const samples = await scrape(server)
    assert.deepEqual(samplesOf(samples, 'signet_locks_total'), { '{by="certificate"}': 1 })
    assert.deepEqual(samplesOf(samples, 'signet_locks'), {
      '{by="address"}': 0,
      '{by="certificate"}': 1,
      '{by="account"}': 0,
    })
    const decisions = samplesOf(samples, 'signet_login_decisions_total')
    const refused = 'listener="direct",transport="tcp",mechanism="EXTERNAL",outcome="deny"'
    assert.equal(decisions[`{${refused},reason="throttled-certificate"}`], 1)
    // The second failure is free as well; the third attempt waited for one millisecond.
    assert.equal(samples.get('signet_login_delay_seconds_count'), 1)
    assert.equal(samples.get('signet_login_delay_seconds_sum'), 0.001)
    again.destroy()
  })
})

describe('hostile clients', () => {
  test('name mechanisms, hosts and accounts, and add no series', async () => {
    await using server = await startServer({ catalogue, c2s: { maxLoginAttempts: 5 }, https: { handlers } })
    const hostile = async (round: number) => {
      const { client } = await openClient(portOf(server, 'direct', 'one'))
      for (let count = 0; count < 4; count += 1) {
        client.send(authMarkup({ text: `u${count}@h${round}.example` }, `X-${round}-${count}`))
        await client.element('failure')
      }
      await leave(server, client)
      const stray = await connectSecure(portOf(server, 'direct', null))
      stray.send(headerTo(`h${round}.example`))
      await stray.header()
      await stray.streamError()
      await leave(server, stray)
    }
    await hostile(0)
    const before = await scrape(server)
    for (let round = 1; round <= 10; round += 1) await hostile(round)
    const after = await scrape(server)
    const own = (samples: Samples) => [...samples.keys()].filter((series) => series.startsWith('signet_')).sort()
    assert.deepEqual(own(after), own(before))
    const unknown = 'listener="direct",transport="tcp",mechanism="other",outcome="deny",reason="mechanism-unknown"'
    assert.equal(after.get(`signet_login_decisions_total{${unknown}}`), 44)
  })
})
