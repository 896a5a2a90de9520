/** What a newcomer does: `npm start`, import the .p12 that it has made, open the page that its screen names. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { runDemo } from '../../src/cli/demo.ts'
import { demoPassword } from '../../src/cli/demo-certificates.ts'
import { createFakeIo } from '../cli/fake-io.ts'
import { temporaryDirectory } from '../development-pki/openssl.ts'
import { browserWith, skipWithoutBrowser } from './browsers.ts'

async function freePorts(): Promise<readonly number[]> {
  const servers = [createServer(), createServer(), createServer()]
  await Promise.all(servers.map((server) => once(server.listen(0, '127.0.0.1'), 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

test('the demo’s own .p12 opens the demo’s own page', { skip: skipWithoutBrowser() }, async (t) => {
  const cwd = await temporaryDirectory(t)
  const [port, tlsPort, httpsPort] = await freePorts()
  const fake = createFakeIo(cwd, { env: { npm_lifecycle_event: 'start' } })
  const args = ['--port', `${port}`, '--tls-port', `${tlsPort}`, '--https-port', `${httpsPort}`]
  const ended = runDemo(args, fake.io)
  t.after(async () => {
    fake.signal('SIGTERM')
    assert.equal(await ended, 0)
  })
  await Promise.race([fake.shows('Ctrl-C stops.'), ended])
  const [url = ''] = /https:\/\/localhost:\d+\//.exec(fake.out()) ?? []
  assert.equal(url, `https://localhost:${httpsPort}/`)
  const ca = join(cwd, 'certs', 'ca.pem')
  await using newcomer = await browserWith({ ca, p12: null })
  const empty = await newcomer.open(url)
  await empty.getByText(join(cwd, 'certs', 'alice.p12')).waitFor()
  await using alice = await browserWith({ ca, p12: { file: join(cwd, 'certs', 'alice.p12'), password: demoPassword } })
  const page = await alice.open(url)
  await page.getByText('WebSocket · TLS 1.3').waitFor()
  assert.equal(await page.locator('#me-jid').textContent(), 'alice@localhost')
  assert.deepEqual(alice.problems, [])
})
