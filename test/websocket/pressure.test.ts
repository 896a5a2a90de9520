/** Clients that do not read, do not stop, do not answer, or go: what waits stays bounded, and others do not notice. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { describe, it } from 'node:test'
import { ok } from '../../src/result.ts'
import type { ConduitEvent, SessionHost } from '../../src/session/contract.ts'
import { standAlone } from '../../src/transport/websocket-markup.ts'
import { longMs } from '../support/handler-arena.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { openArena } from './arena.ts'
import { begin, close, ping, text } from './frames.ts'
import { openTo, RawPeer } from './raw-peer.ts'

const domain = 'a.example'
const catalogue = createCatalogue(domain)
const kib = 1024
const question = standAlone("<iq type='get' id='alive'><ping xmlns='urn:xmpp:ping'/></iq>")
const standAloneClose = "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>"
const answer = /^<iq xmlns='jabber:client' type='result' id='alive'/

/** Writes until the other side takes no more; gives the bytes that were taken. */
async function writeUntilFull(peer: RawPeer, piece: Buffer, maxBytes: number): Promise<number> {
  const before = peer.socket.bytesWritten
  while (peer.socket.bytesWritten - before < maxBytes) {
    if (peer.socket.write(piece)) continue
    const drained = once(peer.socket, 'drain').then(() => true)
    const waited = new Promise<boolean>((resolve) => setTimeout(resolve, 300, false))
    if (!(await Promise.race([drained, waited]))) break
  }
  return peer.socket.bytesWritten - before
}

/** A host whose sessions read nothing until they are told. */
function createSleepyHost() {
  const { promise: wake, resolve } = Promise.withResolvers<void>()
  const { promise: carried, resolve: noteCarried } = Promise.withResolvers<void>()
  const events: ConduitEvent[] = []
  const host: SessionHost = {
    open: async () =>
      ok({
        carry: async (conduit) => {
          noteCarried()
          await wake
          for (;;) {
            const event = await conduit.read()
            events.push(event)
            if (event.kind === 'fault' || event.kind === 'end' || event.kind === 'close') {
              await conduit.close(event.kind === 'fault' ? event : undefined)
              return
            }
          }
        },
        abandon: () => undefined,
      }),
    [Symbol.asyncDispose]: async () => undefined,
  }
  return { host, events, wake: resolve, carried }
}

async function logIn(port: number): Promise<RawPeer> {
  const peer = await RawPeer.opened(port, domain)
  peer.say("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>")
  await peer.expect(/^<success /)
  return peer
}

describe('a session that does not read', () => {
  for (const [how, goodbye, ending] of [
    ['its <close/> and a Close frame', [text(standAloneClose), close(1000)], 'close'],
    ['a Close frame alone', [close(1000)], 'end'],
    ['nothing but the end of the connection', [], 'end'],
  ] as const) {
    it(`has all that its client said before it left, with ${how}`, async () => {
      const sleepy = createSleepyHost()
      await using arena = await openArena({ catalogue, tls: false, policy: { host: sleepy.host } })
      using peer = await logIn(arena.port)
      await sleepy.carried
      const messages = ['m1', 'm2', 'm3', 'm4'].map((id) => text(standAlone(`<message id='${id}'/>`)))
      const heard = once(arena.sockets[0] as Socket, 'pause')
      peer.socket.end(Buffer.concat([text(openTo(domain)), ...messages, ...goodbye]))
      await heard
      sleepy.wake()
      await once(peer.socket, 'close')
      const said = sleepy.events.map((event) => (event.kind === 'element' ? event.element.attrs['id'] : event.kind))
      assert.deepEqual(said, ['open', 'm1', 'm2', 'm3', 'm4', ending])
    })
  }

  it('leaves what its client sends in the kernel, and loses nothing', async () => {
    const sleepy = createSleepyHost()
    await using arena = await openArena({ catalogue, tls: false, policy: { host: sleepy.host } })
    using peer = await logIn(arena.port)
    await sleepy.carried
    peer.say(openTo(domain))
    const stanza = standAlone(`<message><body>${'x'.repeat(32 * kib)}</body></message>`)
    await writeUntilFull(peer, text(stanza), 64 * kib * kib)
    const [server] = arena.sockets
    assert.ok((server?.bytesRead ?? Number.POSITIVE_INFINITY) < 1024 * kib, `${server?.bytesRead} bytes were read`)
    peer.socket.end(close(1000))
    sleepy.wake()
    await peer.until(/^Close/)
    const kinds = sleepy.events.map(({ kind }) => kind)
    assert.equal(kinds[0], 'open')
    assert.equal(kinds.at(-1), 'end')
    assert.ok(kinds.slice(1, -1).every((kind) => kind === 'element') && kinds.length > 20)
  })

  it('has a limit on the messages of one chunk', async () => {
    const sleepy = createSleepyHost()
    await using arena = await openArena({ catalogue, tls: false, policy: { host: sleepy.host } })
    using peer = await logIn(arena.port)
    await sleepy.carried
    peer.say(openTo(domain))
    await writeUntilFull(peer, Buffer.concat(Array(6000).fill(text("<a xmlns='u'/>"))), 2048 * kib)
    sleepy.wake()
    const seen = await peer.until(/^Close/)
    assert.deepEqual(seen, ['open', 'error policy-violation', 'close', 'Close 1008'])
    assert.match(JSON.stringify(sleepy.events.at(-1)), /too many messages at once/)
  })
})

describe('a client that does not read', () => {
  it('gets no more than has room, and is closed when it takes nothing for too long; its sender hears of it', async () => {
    const limits = { maxOutboundBytes: 512 * kib, writeStallMs: 1_000 }
    await using arena = await openArena({ catalogue, tls: false, host: { limits } })
    using slow = await RawPeer.bound(arena.port, domain, 'slow')
    using quick = await RawPeer.bound(arena.port, domain, 'quick')
    slow.socket.pause()
    const closed = arena.log.until('session_closed', ({ jid }) => jid === `alice@${domain}/slow`)
    const stanza = text(standAlone(`<message to='alice@${domain}/slow'><body>${'x'.repeat(60 * kib)}</body></message>`))
    let most = 0
    let refusal: string | null = null
    void quick.next().then((seen) => {
      refusal = seen
    })
    for (let sent = 0; refusal === null && sent < 1000; sent += 1) {
      await quick.write(stanza)
      await new Promise((resolve) => setImmediate(resolve))
      most = Math.max(most, arena.sockets[0]?.writableLength ?? 0)
    }
    assert.match(refusal ?? '', /^<message .*type='error'.*<error type='wait'><resource-constraint /)
    assert.ok(most < 200 * kib, `${most} bytes waited`)
    assert.equal(arena.host.sessionCount, 2)
    assert.equal((await closed).fields['condition'], 'resource-constraint')
    quick.say(question)
    await quick.until(answer)
  })

  it('gets no more pongs than it takes', async () => {
    await using arena = await openArena({ catalogue, tls: false })
    using peer = await RawPeer.bound(arena.port, domain)
    peer.socket.pause()
    const flood = Buffer.concat(Array(500).fill(ping('x'.repeat(125))))
    await writeUntilFull(peer, flood, 24 * kib * kib)
    const waiting = arena.sockets[0]?.writableLength ?? Number.POSITIVE_INFINITY
    assert.ok(waiting > 64 * kib && waiting < 66 * kib, `${waiting} bytes wait`)
    peer.socket.resume()
    peer.say(question)
    const seen = await peer.until(answer)
    assert.ok(seen.length < 24 * kib * 8, 'each was answered')
  })
})

describe('a client that does not go', () => {
  it('is cut off when it does not answer our Close frame, and not read from for long', async () => {
    await using arena = await openArena({ catalogue, tls: false })
    using peer = await RawPeer.bound(arena.port, domain)
    peer.answersClose = false
    peer.say('')
    assert.deepEqual(await peer.until(/^Close/), ['error not-well-formed', 'close', 'Close 1002'])
    const [server] = arena.sockets
    const before = server?.bytesRead ?? 0
    void writeUntilFull(peer, Buffer.concat(Array(100).fill(text('x'.repeat(kib)))), 64 * kib * kib)
    await peer.until(/^end/)
    assert.ok((server?.bytesRead ?? Number.POSITIVE_INFINITY) - before < 512 * kib)
  })

  for (const [how, leave] of [
    ['a reset', (peer: RawPeer) => peer.socket.resetAndDestroy()],
    ['the end of the connection', (peer: RawPeer) => peer.socket.end()],
    ['half a frame and the end', (peer: RawPeer) => peer.socket.end(begin('<message').subarray(0, 5))],
    ['a Close frame', (peer: RawPeer) => peer.socket.write(close(1001))],
  ] as const) {
    it(`is gone by ${how}`, async () => {
      await using arena = await openArena({ catalogue, tls: false })
      using peer = await RawPeer.bound(arena.port, domain)
      const closed = arena.log.until('session_closed')
      leave(peer)
      assert.equal((await closed).fields['condition'], null)
      assert.equal(arena.host.sessionCount, 0)
    })
  }
})

describe('silence', () => {
  it('is broken by pings, and ends where they go unanswered', async () => {
    const heartbeat = { pingMs: 20, pongMs: 200, timeoutMs: longMs }
    await using arena = await openArena({ catalogue, tls: false, generation: { heartbeat } })
    using peer = await RawPeer.bound(arena.port, domain)
    for (let count = 0; count < 3; count += 1) {
      assert.equal(await peer.next(), 'ping')
      peer.socket.write(Buffer.from('8a8000000000', 'hex'))
    }
    const seen = await peer.until(/^Close/)
    assert.deepEqual(
      seen.filter((one) => one !== 'ping'),
      ['error connection-timeout', 'close', 'Close 1008'],
    )
  })

  it('is taken for the end after a while', async () => {
    const heartbeat = { pingMs: longMs, pongMs: longMs, timeoutMs: 100 }
    await using arena = await openArena({ catalogue, tls: false, generation: { heartbeat } })
    using peer = await RawPeer.bound(arena.port, domain)
    assert.deepEqual(await peer.until(/^Close/), ['error connection-timeout', 'close', 'Close 1008'])
  })

  it('before the login is the business of the negotiation', async () => {
    const limits = { stateMs: 50, loginMs: longMs, maxAttempts: 3, authMs: longMs }
    await using arena = await openArena({ catalogue, tls: false, policy: { limits } })
    using peer = await RawPeer.upgrade(arena.port)
    assert.deepEqual(await peer.until(/^Close/), ['open', 'error connection-timeout', 'close', 'Close 1008'])
  })
})

describe('the end of the server', () => {
  for (const [seeOtherUri, goodbye] of [
    [null, 'close'],
    [
      'wss://b.example/ws?a=1&b=2',
      "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing' see-other-uri='wss://b.example/ws?a=1&amp;b=2'/>",
    ],
  ] as const) {
    it(`is told to everybody${seeOtherUri === null ? '' : ', with where to go'}`, async () => {
      await using arena = await openArena({ catalogue, tls: false, generation: { seeOtherUri } })
      using stranger = await RawPeer.upgrade(arena.port)
      using guest = await RawPeer.opened(arena.port, domain)
      using friend = await RawPeer.bound(arena.port, domain)
      const closed = arena.handler.close(5_000)
      const shutdown = ['error system-shutdown', goodbye, 'Close 1001', 'end']
      assert.deepEqual(await stranger.until(/^never$/), ['open', ...shutdown])
      assert.deepEqual(await guest.until(/^never$/), shutdown)
      assert.deepEqual(await friend.until(/^never$/), shutdown)
      await closed
    })
  }

  it('is reached by force where clients do not go', async () => {
    await using arena = await openArena({ catalogue, tls: false })
    using peer = await RawPeer.bound(arena.port, domain)
    peer.answersClose = false
    await arena.handler.close(50)
    assert.deepEqual(await peer.until(/^end/), ['error system-shutdown', 'close', 'Close 1001', 'end'])
  })

  it('keeps running sessions under the configuration that they came in with', async () => {
    await using arena = await openArena({ catalogue, tls: false })
    using old = await RawPeer.bound(arena.port, domain, 'old')
    arena.update({ xmlLimits: { ...limitsOf(10_000) }, seeOtherUri: 'wss://b.example/' })
    using young = await RawPeer.bound(arena.port, domain, 'young')
    const long = standAlone(`<message to='alice@${domain}/old'><body>${'x'.repeat(20_000)}</body></message>`)
    old.say(long)
    await old.expect(/^<message /)
    young.say(long)
    assert.deepEqual(await young.until(/^never$/), ['error policy-violation', 'close', 'Close 1009', 'end'])
  })
})

function limitsOf(maxStanzaBytes: number) {
  return {
    maxStanzaBytes,
    maxHeaderBytes: 4096,
    maxDepth: 64,
    maxAttributes: 64,
    maxElements: 4096,
    maxBufferedBytes: 262_144,
  }
}
