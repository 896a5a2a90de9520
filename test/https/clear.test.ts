/** HTTP in clear, on a loopback address: pages for everybody, and no login for anybody. */

import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { connectBosh } from '../support/bosh-client.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { startServer, type TestServer } from '../support/server.ts'
import type { StreamClient } from '../support/stream-client.ts'
import { connectWebSocket } from '../support/websocket-client.ts'
import { mechanismsOf, readError } from '../support/xmpp-client.ts'
import { everyHandler } from './handlers.ts'

const domain = 'example.org'
const catalogue = createCatalogue(domain)
let server: TestServer
let port = 0

before(async () => {
  server = await startServer({
    catalogue,
    auth: { mechanisms: ['external', 'plain'] },
    https: { handlers: everyHandler, clear: true },
  })
  port = server.portOf('https')
})
after(() => server[Symbol.asyncDispose]())

describe('in clear', () => {
  test('pages', async () => {
    const status = await new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, path: '/health' }, (reply) => resolve(reply.resume().statusCode))
        .on('error', reject)
        .end()
    })
    assert.equal(status, 200)
  })

  const doors: readonly (readonly [string, () => Promise<StreamClient>])[] = [
    ['WebSocket', () => connectWebSocket({ port, path: '/ws-xmpp', tls: null })],
    ['BOSH', () => connectBosh({ port, path: '/http-bind', tls: null })],
  ]
  for (const [name, connect] of doors) {
    test(`nobody logs in over ${name}`, async () => {
      using client: StreamClient = await connect()
      assert.equal(mechanismsOf(await client.open(domain)), null)
      const failure = await client.auth('equals')
      assert.deepEqual(readError(failure).condition, 'encryption-required')
      const [decision, ...more] = server.log.decisionsOf(client.local)
      assert.ok(decision?.outcome.kind === 'deny')
      assert.deepEqual([decision.outcome.code, more.length], ['tls-required', 0])
    })
  }
})
