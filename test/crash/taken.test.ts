/** What was written to a connection counts as taken when the kernel has it: what Node buffers dies with the process. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { TcpTransport } from '../../src/transport/tcp.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'

/** More than the kernel keeps for a connection whose other end does not read (4 MB and 6 MB by default). */
const tooMuch = 'x'.repeat(32 * 1024 * 1024)

/** A transport, and the client's socket, which does not read. */
async function openPair(): Promise<{ transport: TcpTransport; client: Socket; accepted: Socket }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const client = connect(address.port, '127.0.0.1')
  const [accepted] = (await once(server, 'connection')) as [Socket]
  server.close()
  accepted.on('error', () => undefined)
  const terms = { door: null, xmlLimits: DEFAULT_XML_LIMITS, defaultHost: 'a.example', lingerMs: 1_000 }
  const channel = { transport: 'tcp', remote: '127.0.0.1:1', tls: null, peer: { kind: 'none' } } as const
  return { transport: new TcpTransport(accepted, channel, terms), client, accepted }
}

test('a client that reads on takes what was written; taken comes after all that was written before', async () => {
  const { transport, client } = await openPair()
  const order: string[] = []
  const written = transport.write(tooMuch, () => order.push('much'))
  const { promise, resolve } = Promise.withResolvers<void>()
  void transport.write('<a/>', () => {
    order.push('little')
    resolve()
  })
  await new Promise((next) => setImmediate(next))
  assert.deepEqual(order, [])
  client.resume()
  await Promise.all([written, promise])
  assert.deepEqual(order, ['much', 'little'])
  client.destroy()
  await transport.close()
})

test('what a client never reads is never taken', async () => {
  const { transport, client, accepted } = await openPair()
  const taken = () => assert.fail('taken')
  const written = transport.write(tooMuch, taken)
  void transport.write('<a/>', taken)
  client.resetAndDestroy()
  await written
  if (!accepted.closed) await once(accepted, 'close')
  await transport.write('<b/>', taken)
  await new Promise((next) => setImmediate(next))
})
