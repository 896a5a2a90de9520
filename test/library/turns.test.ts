/** Starts, reloads and stops of one app, one after the other whenever they are asked for. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { type App, createApp } from '../../src/app.ts'
import type { SignetOptions } from '../../src/options.ts'
import { freePort } from '../support/free-port.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { createRecordingLog } from '../support/recording-log.ts'
import { type PreparedOptions, prepareOptions, startServer } from '../support/server.ts'
import { headerTo } from '../support/xmpp-client.ts'

const domain = 'signet.example'
const catalogue = createCatalogue(domain)

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const answer = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  })
  socket.destroy()
  return answer
}

/** The first listener on this port, and no other. */
function onPort(
  { options }: PreparedOptions,
  port: number,
  more: Partial<SignetOptions['c2s'][0]> = {},
): SignetOptions {
  return { ...options, c2s: options.c2s.slice(0, 1).map((one) => ({ ...one, port, name: `c2s ${port}`, ...more })) }
}

function createSilentApp(options: SignetOptions): App {
  return createApp({ options, log: createRecordingLog() })
}

test('a stop that comes during a reload leaves no port open', async () => {
  await using prepared = await prepareOptions({ catalogue })
  const [first, second] = [await freePort(), await freePort()]
  const app = createSilentApp(onPort(prepared, first))
  assert.ok((await app.start()).ok)
  const reloaded = app.reload(onPort(prepared, second))
  const stopped = app.stop()
  assert.equal(app.health().status, 'failing')
  await Promise.all([reloaded, stopped])
  assert.deepEqual([await isOpen(first), await isOpen(second)], [false, false])
  assert.deepEqual(await app.reload(onPort(prepared, second)), {
    ok: false,
    error: { kind: 'part', part: 'app', why: 'not running' },
  })
  assert.equal(await isOpen(second), false)
})

test('a stop that comes during the start leaves no port open, and there is no start after it', async () => {
  await using prepared = await prepareOptions({ catalogue })
  const port = await freePort()
  const app = createSilentApp(onPort(prepared, port))
  const started = app.start()
  await app.stop()
  await started
  assert.equal(await isOpen(port), false)
  assert.equal((await app.start()).ok, false)
  assert.equal(await isOpen(port), false)
})

test('of two reloads at a time the later is in force', async () => {
  await using prepared = await prepareOptions({ catalogue })
  const [first, second, third] = [await freePort(), await freePort(), await freePort()]
  const app = createSilentApp(onPort(prepared, first))
  assert.ok((await app.start()).ok)
  const reloads = [app.reload(onPort(prepared, second)), app.reload(onPort(prepared, third))]
  for (const done of await Promise.all(reloads)) assert.ok(done.ok)
  assert.deepEqual([await isOpen(first), await isOpen(second), await isOpen(third)], [false, false, true])
  assert.deepEqual(
    app.addresses.map(({ port }) => port),
    [third],
  )
  await app.stop()
  assert.equal(await isOpen(third), false)
})

test('a reload with another backlog is refused whole, and a restart takes it', async () => {
  await using prepared = await prepareOptions({ catalogue })
  const [port, other] = [await freePort(), await freePort()]
  const app = createSilentApp(onPort(prepared, port))
  assert.ok((await app.start()).ok)
  const changed = onPort(prepared, port, { backlog: 7 })
  const [one] = onPort(prepared, other).c2s
  assert.ok(one !== undefined)
  const why = 'backlog can only change at a restart, from 128 to 7'
  assert.deepEqual(await app.reload({ ...changed, c2s: [one, ...changed.c2s] }), {
    ok: false,
    error: { kind: 'part', part: `c2s ${port}`, why },
  })
  assert.deepEqual([await isOpen(port), await isOpen(other)], [true, false])
  // Another port is another socket.
  assert.ok((await app.reload(onPort(prepared, other, { backlog: 7 }))).ok)
  assert.deepEqual([await isOpen(port), await isOpen(other)], [false, true])
  await app.stop()
  const again = createSilentApp(changed)
  assert.ok((await again.start()).ok)
  await again.stop()
})

test('health says that the server stops for as long as there are sessions', async () => {
  const handlers = [{ name: 'signet_health_handler', place: { host: null, path: '/health' } }] as const
  await using server = await startServer({ catalogue, https: { clear: true, handlers } })
  const ask = () => fetch(`http://127.0.0.1:${server.portOf('https')}/health`)
  assert.equal((await ask()).status, 200)
  // Does not read, and so does not see the end of the stream.
  const slow = connect({ port: server.portOf('starttls'), host: '127.0.0.1', allowHalfOpen: true })
  await once(slow, 'connect')
  slow.write(headerTo(domain))
  await server.log.until('connection_opened')
  const stopped = server.app.stop()
  const answer = await ask()
  assert.equal(answer.status, 503)
  assert.deepEqual(await answer.json(), { status: 'failing', problems: ['the server is not in service'] })
  assert.equal(await isOpen(server.portOf('starttls')), false)
  slow.destroy()
  await stopped
  await assert.rejects(ask())
})
