/** Requests find their handler by host and path, and nothing else finds anything. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { ask } from './https-client.ts'

const catalogue = createCatalogue('example.org')
let server: TestServer

before(async () => {
  server = await startServer({
    catalogue,
    https: { handlers: [{ name: 'signet_health_handler', place: { host: null, path: '/health' } }] },
  })
})
after(() => server[Symbol.asyncDispose]())

describe('routing', () => {
  test('a path that nobody answers', async () => {
    const reply = await ask({ port: server.portOf('https'), catalogue, path: '/nowhere' })
    assert.equal(reply.status, 404)
    assert.equal(reply.body, 'nothing here\n')
    assert.equal(reply.headers['content-type'], 'text/plain; charset=utf-8')
    assert.equal(reply.headers['server'], undefined)
  })

  test('the health handler answers without a certificate', async () => {
    const reply = await ask({ port: server.portOf('https'), catalogue, path: '/health' })
    assert.notEqual(reply.status, 404)
  })
})
