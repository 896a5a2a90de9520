/** Asking for a WebSocket: what a request must have, and from which pages it may come. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { isOriginAllowed } from '../../src/listener/https/origin.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { tryWebSocket } from '../support/websocket-client.ts'
import { type Arena, openArena } from './arena.ts'
import { ping } from './frames.ts'
import { RawPeer, requestLines } from './raw-peer.ts'

const domain = 'a.example'

describe('asking for a WebSocket', () => {
  let arena: Arena
  before(async () => {
    const generation = { origins: { origins: ['https://chat.example.org', 'https://app.example.org:8443'] } }
    arena = await openArena({ catalogue: createCatalogue(domain), tls: false, generation })
  })
  after(() => arena[Symbol.asyncDispose]())

  type Row = readonly [what: string, overrides: Readonly<Record<string, string | null>>, status: number, why: RegExp]
  const rows: readonly Row[] = [
    ['no subprotocol', { 'Sec-WebSocket-Protocol': null }, 400, /does not name xmpp/],
    ['another subprotocol', { 'Sec-WebSocket-Protocol': 'chat, xmpp-framing' }, 400, /does not name xmpp/],
    ['a subprotocol in other letters', { 'Sec-WebSocket-Protocol': 'XMPP' }, 400, /does not name xmpp/],
    ['a list that is none', { 'Sec-WebSocket-Protocol': 'xmpp,,' }, 400, /Sec-WebSocket-Protocol/],
    ['no version', { 'Sec-WebSocket-Version': null }, 426, /version/],
    ['version 8', { 'Sec-WebSocket-Version': '8' }, 426, /version/],
    ['version 14', { 'Sec-WebSocket-Version': '14' }, 426, /version/],
    ['two versions', { 'Sec-WebSocket-Version': '13, 13' }, 426, /version/],
    ['no key', { 'Sec-WebSocket-Key': null }, 400, /Key/],
    ['a short key', { 'Sec-WebSocket-Key': 'AQIDBAUGBwgJCgsMDQ4P' }, 400, /Key/],
    ['a key with bits left over', { 'Sec-WebSocket-Key': 'AQIDBAUGBwgJCgsMDQ4PEB==' }, 400, /Key/],
    ['another protocol', { Upgrade: 'h2c' }, 426, /WebSocket only/],
    ['a page of another host', { Origin: 'https://evil.example' }, 403, /origin/],
    ['a page of the same host in clear, on another port', { Origin: 'http://127.0.0.1:1' }, 403, /origin/],
    ['a page whose host begins alike', { Origin: 'https://chat.example.org.evil.example' }, 403, /origin/],
    ['a page on another port', { Origin: 'https://chat.example.org:8443' }, 403, /origin/],
    ['a page of a sandbox', { Origin: 'null' }, 403, /origin/],
    ['two origins', { Origin: 'https://chat.example.org, https://evil.example' }, 403, /origin/],
    ['an origin with a path', { Origin: 'https://chat.example.org/x' }, 403, /origin/],
    ['an empty origin', { Origin: '' }, 403, /origin/],
  ]
  for (const [what, overrides, status, why] of rows) {
    it(`refuses ${what}`, async () => {
      using peer = await RawPeer.connect(arena.port)
      const answer = await peer.request(requestLines(arena.port, overrides))
      assert.equal(answer.status, status)
      assert.match(answer.body, why)
      if (status === 426) assert.equal(answer.headers.get('sec-websocket-version'), '13')
      if (status === 426) assert.equal(answer.headers.get('upgrade'), 'websocket')
      assert.equal(answer.headers.get('connection'), 'close')
      assert.equal(await peer.next(), 'end')
    })
  }

  it('says in the log which page was refused, and how to let it in', async () => {
    using peer = await RawPeer.connect(arena.port)
    await peer.request(requestLines(arena.port, { Origin: 'https://logged.example' }))
    const { level, fields } = await arena.log.until(
      'websocket_refused',
      ({ origin }) => origin === 'https://logged.example',
    )
    assert.deepEqual([level, fields['status'], fields['why']], ['warn', 403, 'pages of this origin may not connect'])
    assert.match(String(fields['hint']), /origins/)
  })

  it('refuses HTTP/1.0 and other methods', async () => {
    for (const [first, status] of [
      ['GET /ws HTTP/1.0', 400],
      ['POST /ws HTTP/1.1', 405],
    ] as const) {
      using peer = await RawPeer.connect(arena.port)
      assert.equal((await peer.request(requestLines(arena.port, {}, first))).status, status)
    }
  })

  it('tells a browser that comes without an upgrade what to come with', async () => {
    using peer = await RawPeer.connect(arena.port)
    const answer = await peer.request(requestLines(arena.port, { Upgrade: null, Connection: null }))
    assert.equal(answer.status, 426)
    assert.equal(answer.headers.get('upgrade'), 'websocket')
    assert.match(answer.body, /^XMPP over WebSocket is spoken here \(RFC 7395\)/)
  })

  for (const protocols of [['xmpp'], ['chat', 'xmpp']]) {
    it(`chooses xmpp out of ${protocols.join(', ')}, and no compression`, async () => {
      const opening = await tryWebSocket({ port: arena.port, tls: null, protocols, path: '/ws' })
      assert.ok(opening.kind === 'open')
      using client = opening.client
      assert.deepEqual([client.frames.protocol, client.frames.extensions], ['xmpp', ''])
    })
  }

  for (const origin of ['https://chat.example.org', 'https://app.example.org:8443', 'https://CHAT.example.org:443']) {
    it(`lets in a page of ${origin}`, async () => {
      using peer = await RawPeer.connect(arena.port)
      assert.equal((await peer.request(requestLines(arena.port, { Origin: origin }))).status, 101)
    })
  }

  it('lets in a page that it may have served itself', async () => {
    using peer = await RawPeer.connect(arena.port)
    const Origin = `https://127.0.0.1:${arena.port}`
    assert.equal((await peer.request(requestLines(arena.port, { Origin }))).status, 101)
  })

  it('loses no frame that comes with the request', async () => {
    using peer = await RawPeer.connect(arena.port)
    // RFC 6455 §4.1 has the client wait; what comes early counts all the same.
    const answer = await peer.request(Buffer.concat([Buffer.from(requestLines(arena.port)), ping('early')]))
    assert.equal(answer.status, 101)
    assert.equal(await peer.next(), `pong ${Buffer.from('early').toString('hex')}`)
  })
})

describe('origins', () => {
  const rows: readonly (readonly [origin: string | undefined, host: string, isSecure: boolean, isAllowed: boolean])[] =
    [
      [undefined, 'a.example', true, true],
      ['https://a.example', 'a.example', true, true],
      ['https://a.example', 'a.example:443', true, true],
      ['https://a.example:5443', 'a.example:5443', true, true],
      ['https://A.Example', 'a.example', true, true],
      ['https://a.example:5443', 'a.example', true, false],
      ['https://a.example', 'a.example:5443', true, false],
      ['http://a.example', 'a.example', true, false],
      ['http://a.example', 'a.example', false, true],
      ['https://a.example', 'a.example', false, true],
      ['https://a.example.evil.example', 'a.example', true, false],
      ['https://a.example@evil.example', 'a.example', true, false],
      ['https://evil.example#a.example', 'a.example', true, false],
      ['https://evil.example', 'a.example', true, false],
      ['file://', 'a.example', true, false],
      ['file://', '', true, false],
      ['null', 'null', true, false],
      ['', '', true, false],
      ['chrome-extension://a.example', 'a.example', true, false],
      ['https://[::1]:5443', '[::1]:5443', true, true],
      ['https://xn--bcher-kva.example', 'xn--bcher-kva.example', true, true],
    ]
  for (const [origin, host, isSecure, isAllowed] of rows) {
    it(`${isAllowed ? 'allows' : 'refuses'} ${origin} at ${host}${isSecure ? '' : ' in clear'}`, () => {
      assert.equal(isOriginAllowed({ origin, host, isSecure }, { origins: [] }), isAllowed)
    })
  }

  it('allows every page where the operator says so', () => {
    for (const origin of ['https://evil.example', 'null', 'file://']) {
      assert.ok(isOriginAllowed({ origin, host: 'a.example', isSecure: true }, { origins: ['*'] }))
    }
  })
})
