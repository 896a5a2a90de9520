/** Health and host-meta of a whole server, over HTTPS; a disk that fails, and is mended. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { boshServiceSection, resolveBoshService } from '../../src/listener/https/bosh-options.ts'
import { handlersSection, resolveHandlers } from '../../src/listener/https/handler-options.ts'
import { ask } from '../https/https-client.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { startServer, type TestServer } from '../support/server.ts'

const catalogue = createCatalogue('signet.example')

/** The place is for reports of faults, which these options have none of. */
const nowhere = { at: () => nowhere, isSpoiled: false } as never
const service = resolveBoshService(boshServiceSection.parse({}))
const handlers = resolveHandlers(
  handlersSection.parse({
    mongoose_websocket_handler: [{ path: '/ws' }],
    mongoose_bosh_handler: [{}],
    signet_health_handler: [{}],
    signet_host_meta_handler: [{}],
  }),
  service,
  nowhere,
)

let server: TestServer
before(async () => {
  server = await startServer({ catalogue, https: { handlers } })
})
after(() => server[Symbol.asyncDispose]())

const get = (path: string, method = 'GET') => ask({ port: server.portOf('https'), catalogue, path, method })

test('host-meta names the doors of the listener that was asked, with its port', async () => {
  const port = server.portOf('https')
  const host = `signet.example:${port}`
  const { status, headers, body } = await ask({ port, catalogue, path: '/.well-known/host-meta.json', host })
  assert.deepEqual([status, headers['access-control-allow-origin']], [200, '*'])
  assert.deepEqual(JSON.parse(body), {
    links: [
      { rel: 'urn:xmpp:alt-connections:websocket', href: `wss://${host}/ws` },
      { rel: 'urn:xmpp:alt-connections:xbosh', href: `https://${host}/http-bind` },
    ],
  })
  const xml = await ask({ port, catalogue, path: '/.well-known/host-meta', host })
  assert.equal(xml.headers['content-type'], 'application/xrd+xml; charset=utf-8')
  assert.ok(xml.body.includes(`href="wss://${host}/ws"`), xml.body)
})

test('other methods are not allowed', async () => {
  for (const path of ['/health', '/.well-known/host-meta']) assert.equal((await get(path, 'DELETE')).status, 405)
})

test('health fails while the disk does, and no longer', async () => {
  assert.deepEqual(await health(), [200, { status: 'ok' }])
  // Every file that this process writes is too long from here on; without a listener the signal would end it.
  const ignore = () => undefined
  process.on('SIGXFSZ', ignore)
  limitFiles('0:')
  try {
    const ill = await until(503)
    assert.deepEqual(ill, { status: 'failing', problems: ['the store of the session host cannot be written'] })
    assert.equal((await get('/health?live')).status, 200)
  } finally {
    limitFiles('unlimited:')
    process.off('SIGXFSZ', ignore)
  }
  assert.deepEqual(await until(200), { status: 'ok' })
})

test('health fails when the server is told to stop', async () => {
  await using own = await startServer({ catalogue })
  assert.deepEqual(own.app.health(), { status: 'ok', problems: [] })
  const stopped = own.app.stop()
  assert.deepEqual(own.app.health(), { status: 'failing', problems: ['the server is not in service'] })
  await stopped
})

async function health(): Promise<readonly [number, unknown]> {
  const { status, body } = await get('/health')
  return [status, JSON.parse(body)]
}

/** Asks until the answer has this status: the disk is asked once a second at most. */
async function until(wanted: number): Promise<unknown> {
  const deadline = performance.now() + 10_000
  for (;;) {
    const [status, body] = await health()
    if (status === wanted) return body
    if (performance.now() > deadline) throw new Error(`no ${wanted} within ten seconds: ${JSON.stringify(body)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function limitFiles(bytes: string): void {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}`])
}
