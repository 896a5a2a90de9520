/** Pools tell how many connections they have, by server; a service that is down shows in metrics and in health, and so does its return. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { resolvePassword } from '../../src/auth/passwords/options.ts'
import { temporaryDirectory } from '../development-pki/openssl.ts'
import { addAccounts, filePool } from '../support/accounts.ts'
import { loginPlain } from '../support/password-login.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { openClient } from '../support/xmpp-client.ts'
import { readSamples, samplesOf } from './exposition.ts'

const domain = 'localhost'
const catalogue = createCatalogue(domain)

async function login(server: TestServer, password: string): Promise<string> {
  const { client } = await openClient({ port: server.portOf('direct'), door: 'direct', domain })
  using _ = client
  return (await loginPlain(client, 'alice', password)).name
}

async function scraped(server: TestServer, metric: string): Promise<Record<string, number>> {
  return samplesOf(readSamples((await server.app.metrics.scrape()).text), metric)
}

test('connections, verdicts and health of a service and a table', async (t) => {
  let status = 404
  const service = createServer((_request, response) => response.writeHead(status).end())
  t.after(() => {
    service.closeAllConnections()
    service.close()
  })
  await once(service.listen(0, '127.0.0.1'), 'listening')
  const host = `127.0.0.1:${(service.address() as AddressInfo).port}`
  const database = filePool(await temporaryDirectory(t))
  const passwords = resolvePassword({ format: 'plain', hash: undefined, scram_iterations: 4096 })
  await addAccounts(database, domain, { alice: 'secret' }, passwords)
  const limits = { pathPrefix: '/', workers: 4, requestTimeoutMs: 2_000, callTimeoutMs: 4_000, tls: null }
  await using server = await startServer({
    catalogue,
    database,
    pools: { http: { ...limits, origin: `http://${host}` } },
    auth: {
      ...{ methods: ['http', 'rdbms'], mechanisms: ['plain'], password: passwords },
      http: { evidence: ['password'], basicAuth: null, api: { kind: 'mongooseim' } },
    },
  })
  const service0 = `{pool="http",server="${host}"}`
  const table0 = '{pool="rdbms.default",server="sqlite"}'
  assert.deepEqual(await scraped(server, 'signet_pool_connections'), { [service0]: 0, [table0]: 0 })
  assert.equal(await login(server, 'secret'), 'success')
  assert.deepEqual(await scraped(server, 'signet_pool_connections'), { [service0]: 1, [table0]: 1 })
  assert.deepEqual(await scraped(server, 'signet_backend_verdicts_total'), {
    '{backend="http",verdict="unknown"}': 1,
    '{backend="rdbms",verdict="allow"}': 1,
  })
  assert.deepEqual(server.app.health(), { status: 'ok', problems: [] })
  status = 500
  assert.equal(await login(server, 'secret'), 'failure')
  assert.deepEqual(server.app.health(), { status: 'degraded', problems: ['backend http is unavailable'] })
  assert.equal((await scraped(server, 'signet_backend_verdicts_total'))['{backend="http",verdict="unavailable"}'], 1)
  const denied = 'listener="direct",transport="tcp",mechanism="PLAIN",outcome="deny",reason="backend-unavailable"'
  assert.equal((await scraped(server, 'signet_login_decisions_total'))[`{${denied}}`], 1)
  status = 404
  assert.equal(await login(server, 'secret'), 'success')
  assert.deepEqual(server.app.health(), { status: 'ok', problems: [] })
})
