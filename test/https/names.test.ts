/** Domains that are not ASCII: what HTTP has to say of them is, and nothing that cannot be said ends the process. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openLocalHost } from '../../src/session/local/host.ts'
import { policyOf } from '../support/handler-arena.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { createRecordingLog } from '../support/recording-log.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { mountAt, openArena } from './arena.ts'
import { everyHandler } from './handlers.ts'
import { ask } from './https-client.ts'

/** Where an answer does not come, the test is to fail and not to wait. */
const limit = { timeout: 10_000 }

const domain = '例え.jp'
const ascii = 'xn--r8jz45g.jp'
const catalogue = createCatalogue('example.org')

describe('a domain of letters beyond Latin 1', () => {
  let server: TestServer
  before(async () => {
    server = await startServer({
      catalogue,
      hosts: [domain],
      tls: { disconnectOnFailure: true },
      https: { handlers: everyHandler, certificatePolicy: 'mandatory' },
    })
  })
  after(() => server[Symbol.asyncDispose]())

  for (const [what, more] of [
    ['a POST with a body', { method: 'POST', body: 'x' }],
    ['a POST without one', { method: 'POST' }],
  ] as const) {
    test(`${what} and without a certificate gets its 401, with the name in ASCII`, limit, async () => {
      const reply = await ask({ port: server.portOf('https'), catalogue, host: ascii, path: '/http-bind', ...more })
      const [decision] = server.log.decisionsOf(reply.local)
      assert.deepEqual(
        [reply.status, reply.headers['www-authenticate']],
        [401, `TLS-Client-Certificate realm="${ascii}"`],
      )
      assert.equal(decision?.domain, domain)
      assert.ok(decision.outcome.kind === 'deny')
      assert.equal(decision.outcome.code, 'certificate-missing')
    })
  }
})

test(
  'a refusal that cannot be written is a fault of ours: logged, and the end of its connection alone',
  limit,
  async () => {
    const log = createRecordingLog()
    const opened = openLocalHost({ domains: [domain], database: ':memory:', log })
    assert.ok(opened.ok)
    await using host = opened.value
    const certificates = { policy: 'mandatory', verifyMode: 'peer', disconnectOnFailure: true } as const
    const policy = policyOf(domain, host, log)
    const login = { ...policy, of: (asked: string) => ({ ...policy.of(asked), certificates }) }
    const mount = mountAt('/refused', { answerHeaders: () => ({ 'x-name': domain }) }, { login })
    await using arena = await openArena({ catalogue, tls: true, mounts: [mount] })
    const about = { port: arena.port, catalogue, host: ascii, path: '/refused', method: 'POST' }
    await assert.rejects(ask({ ...about, body: 'x' }), { code: 'ECONNRESET' })
    assert.equal((await ask(about)).status, 500)
    const faults = arena.log.entries.filter(({ event }) => event === 'signet_fault')
    assert.deepEqual(
      faults.map(({ fields }) => (fields['cause'] as NodeJS.ErrnoException).code),
      ['ERR_INVALID_CHAR', 'ERR_INVALID_CHAR'],
    )
  },
)
