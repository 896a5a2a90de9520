/** Taking the PROXY header off a connection: what is left in it, and how long anybody waits. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { readProxyHeader } from '../../src/listener/proxy/read-proxy-header.ts'
import { sslTlv, tlv, v2 } from './headers.ts'

interface Pair extends AsyncDisposable {
  readonly proxy: Socket
  readonly server: Socket
}

/** Both ends of a connection; the server's is not read from. */
async function openPair(): Promise<Pair> {
  const listener = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const accepted = once(listener, 'connection')
  const proxy = connect(address.port, '127.0.0.1').on('error', () => undefined)
  const [server] = (await accepted) as [Socket]
  server.on('error', () => undefined)
  return {
    proxy,
    server,
    [Symbol.asyncDispose]: async () => {
      proxy.destroy()
      server.destroy()
      listener.close()
      await once(listener, 'close')
    },
  }
}

const v1 = 'PROXY TCP4 192.0.2.10 198.51.100.1 40000 5222\r\n'

const silence = 'closed before a single byte'

describe('taking the PROXY header', () => {
  it('leaves what is behind it, unread', async () => {
    await using pair = await openPair()
    pair.proxy.write(`${v1}<stream`)
    const header = await readProxyHeader(pair.server)
    assert.ok(header.ok && header.value.source?.address === '192.0.2.10')
    assert.equal(pair.server.isPaused(), true)
    assert.equal(String(pair.server.read()), '<stream')
    for (const event of ['data', 'end', 'close'])
      assert.equal(pair.server.listenerCount(event), event === 'end' ? 1 : 0, event)
  })

  it('takes it octet by octet', async () => {
    await using pair = await openPair()
    const bytes = v2({ fields: [sslTlv(3, 0, [tlv(0x28, Buffer.alloc(300, 7))])] })
    const reading = readProxyHeader(pair.server)
    for (const octet of bytes) pair.proxy.write(Buffer.of(octet))
    const header = await reading
    assert.equal(header.ok && header.value.facts.tls?.certificate?.length, 300)
  })

  const faults: readonly (readonly [what: string, act: (proxy: Socket) => void, limitMs: number, why: string])[] = [
    ['nothing in time', () => undefined, 30, 'no PROXY header within 30 ms'],
    ['half of it in time', (proxy) => void proxy.write(v1.slice(0, 10)), 30, 'no PROXY header within 30 ms'],
    ['an end before it', (proxy) => void proxy.end(v1.slice(0, 10)), 5_000, 'closed before its PROXY header was whole'],
    ['an end before a single byte', (proxy) => void proxy.end(), 5_000, silence],
    ['a reset before a single byte', (proxy) => void proxy.resetAndDestroy(), 5_000, silence],
    [
      'junk',
      (proxy) => void proxy.write('GET / HTTP/1.1\r\n'),
      5_000,
      'the connection does not begin with a PROXY header',
    ],
  ]
  for (const [what, act, limitMs, why] of faults) {
    it(`refuses ${what}`, async () => {
      await using pair = await openPair()
      const reading = readProxyHeader(pair.server, limitMs)
      act(pair.proxy)
      assert.deepEqual(await reading, { ok: false, error: { why, isSilent: why === silence } })
      assert.equal(pair.server.listenerCount('data'), 0)
    })
  }

  it('refuses a connection that is gone already', async () => {
    await using pair = await openPair()
    pair.server.destroy()
    const header = await readProxyHeader(pair.server)
    assert.equal(!header.ok && header.error.why, silence)
  })
})
