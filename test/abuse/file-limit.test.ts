/** Out of file descriptors: the server refuses, says so once, and recovers. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startChild } from '../clients/child.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { openClient } from '../support/xmpp-client.ts'

const domain = 'signet.example'
/** Node, its libraries and the listening sockets take about fifty. */
const maxFiles = 100
const callers = 150
const readyMs = 20_000
const root = join(import.meta.dirname, '../..')

test('past the limit of open files connections are refused, with one line in the log; then it recovers', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'signet-files-'))
  const catalogue = createCatalogue(domain)
  const certificate = join(directory, 'server.pem')
  const ca = join(directory, 'ca.pem')
  await writeFile(certificate, `${catalogue.server.pem}${catalogue.server.keyPem}`, { mode: 0o600 })
  await writeFile(ca, catalogue.rootPem)
  const config = join(directory, 'signet.toml')
  await writeFile(
    config,
    `[general]
  hosts = ["${domain}"]
[[listen.c2s]]
  port = 0
  ip_address = "127.0.0.1"
  state_timeout = 60000
  tls.certfile = "${certificate}"
  tls.cacertfile = "${ca}"
[session.local]
  database = "${join(directory, 'state.sqlite')}"
`,
  )
  await using server = startChild({
    name: 'signet',
    command: 'sh',
    args: [
      '-c',
      `ulimit -n ${maxFiles} && exec "$0" "$@"`,
      process.execPath,
      join(root, 'src/main.ts'),
      'serve',
      '--config',
      config,
    ],
    cwd: directory,
  })
  const ready = await server.next('readiness', (event) => event['event'] === 'listener_ready', readyMs)
  const port = Number(ready['port'])
  const sockets = await Promise.all(Array.from({ length: callers }, () => call(port)))
  await server.next('the refusal', (event) => event['event'] === 'connection_refused', readyMs)
  const refused = await settledCount(sockets)
  assert.ok(refused >= callers - maxFiles, `${refused} of ${callers} refused`)
  assert.ok(refused < callers)
  for (const socket of sockets) socket.destroy()
  const { chainPem: cert, keyPem: key } = catalogue.get('one')
  const { client } = await retry(() => openClient({ port, door: 'starttls', domain, tls: { cert, key } }))
  using user = client
  assert.equal((await user.auth('equals')).name, 'success')
  assert.match(await user.bind(domain), /^alice@signet\.example\//)
  const faults = server.events.filter((event) => ['listener_fault', 'signet_fault'].includes(String(event['event'])))
  assert.deepEqual(faults, [])
  const refusals = server.events.filter((event) => event['event'] === 'connection_refused')
  assert.deepEqual(
    refusals.map(({ why, times }) => ({ why, times })),
    [{ why: `open files (${maxFiles}) used up`, times: undefined }],
  )
  await rm(directory, { recursive: true, force: true })
})

async function call(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.resume()
  return socket
}

/** How many connections the server has closed, when no more are being closed. */
async function settledCount(sockets: readonly Socket[]): Promise<number> {
  for (let before = -1; ; ) {
    const closed = sockets.filter((socket) => socket.readableEnded || socket.destroyed).length
    if (closed === before && closed > 0) return closed
    before = closed
    await sleep(300)
  }
}

/** The server hears of closed connections a moment after they were closed. */
async function retry<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = 20; ; left -= 1) {
    try {
      return await attempt()
    } catch (cause) {
      if (left === 0) throw cause
      await sleep(100)
    }
  }
}
