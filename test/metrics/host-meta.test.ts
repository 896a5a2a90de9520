/** host-meta tells clients exactly where the doors are (XEP-0156), whoever asks and however they got here. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  createHostMetaHandler,
  type HostMetaParts,
  type StreamDoor,
} from '../../src/listener/https/host-meta-handler.ts'
import { hostMetaSection, resolveHostMeta } from '../../src/listener/https/host-meta-options.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { parseElement } from '../../src/xml/parse-element.ts'
import { type Ask, type HandlerServer, serveHandler } from './serve-handler.ts'

const xml = '/.well-known/host-meta'
const json = '/.well-known/host-meta.json'
const both: readonly StreamDoor[] = [
  { kind: 'bosh', host: null, path: '/http-bind' },
  { kind: 'websocket', host: null, path: '/ws-xmpp' },
]

let parts: HostMetaParts
let server: HandlerServer
before(async () => {
  server = await serveHandler(createHostMetaHandler(() => parts))
})
after(() => server[Symbol.asyncDispose]())

function serve(doors: readonly StreamDoor[] = both, publicUrl?: string): void {
  const options = resolveHostMeta(hostMetaSection.parse({ public_url: publicUrl }))
  parts = { options, doors, defaultHost: 'default.example' }
}

async function linksFor(ask: Partial<Ask> = {}): Promise<readonly string[]> {
  const { body } = await server.ask({ target: json, ...ask })
  const { links } = JSON.parse(body) as { links: readonly { href: string }[] }
  return links.map(({ href }) => href)
}

describe('the document', () => {
  test('as XML', async () => {
    serve()
    const { status, headers, body } = await server.ask({ target: xml, authority: 'chat.example:5443' })
    assert.equal(status, 200)
    assert.equal(headers['content-type'], 'application/xrd+xml; charset=utf-8')
    assert.equal(headers['access-control-allow-origin'], '*')
    assert.equal(
      body,
      `<?xml version="1.0" encoding="UTF-8"?>
<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">
  <Link rel="urn:xmpp:alt-connections:websocket" href="wss://chat.example:5443/ws-xmpp"/>
  <Link rel="urn:xmpp:alt-connections:xbosh" href="https://chat.example:5443/http-bind"/>
</XRD>
`,
    )
  })

  test('as JSON', async () => {
    serve()
    const { status, headers, body } = await server.ask({ target: json, authority: 'chat.example:5443' })
    assert.equal(status, 200)
    assert.equal(headers['content-type'], 'application/json')
    assert.equal(headers['access-control-allow-origin'], '*')
    assert.deepEqual(JSON.parse(body), {
      links: [
        { rel: 'urn:xmpp:alt-connections:websocket', href: 'wss://chat.example:5443/ws-xmpp' },
        { rel: 'urn:xmpp:alt-connections:xbosh', href: 'https://chat.example:5443/http-bind' },
      ],
    })
  })

  test('for HEAD is the same without the body', async () => {
    serve()
    for (const target of [xml, json]) {
      const full = await server.ask({ target })
      const head = await server.ask({ target, method: 'HEAD' })
      assert.equal(head.status, 200)
      assert.equal(head.body, '')
      for (const name of ['content-type', 'content-length', 'access-control-allow-origin']) {
        assert.equal(head.headers[name], full.headers[name])
      }
      assert.equal(Number(head.headers['content-length']), Buffer.byteLength(full.body))
    }
  })

  test('is well-formed and says the same where a path has characters that XML escapes', async () => {
    serve([{ kind: 'bosh', host: null, path: "/a&b='c'" }])
    const { body } = await server.ask({ target: xml })
    assert.ok(body.includes('href="https://localhost/a&amp;b=&apos;c&apos;"'), body)
    const parsed = parseElement(body.slice(body.indexOf('<XRD')).trim(), DEFAULT_XML_LIMITS)
    assert.ok(parsed.ok)
    assert.equal(parsed.value.getChildElements()[0]?.attrs['href'], "https://localhost/a&b='c'")
    assert.deepEqual(await linksFor(), ["https://localhost/a&b='c'"])
  })

  test('without doors has no links', async () => {
    serve([])
    assert.deepEqual(await linksFor(), [])
    const { body } = await server.ask({ target: xml })
    assert.ok(body.endsWith('<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n</XRD>\n'), body)
  })
})

interface Row {
  readonly says: string
  readonly ask?: Partial<Ask>
  readonly doors?: readonly StreamDoor[]
  readonly publicUrl?: string
  readonly links: readonly string[]
}

const rows: readonly Row[] = [
  {
    says: 'the host without a port that the client asked',
    ask: { authority: 'Chat.Example' },
    links: ['wss://chat.example/ws-xmpp', 'https://chat.example/http-bind'],
  },
  {
    says: 'an IPv6 address',
    ask: { authority: '[::1]:5285' },
    links: ['wss://[::1]:5285/ws-xmpp', 'https://[::1]:5285/http-bind'],
  },
  {
    says: 'in clear, links in clear',
    ask: { authority: 'localhost:5280', clear: true },
    links: ['ws://localhost:5280/ws-xmpp', 'http://localhost:5280/http-bind'],
  },
  {
    says: 'a host that is none is not repeated',
    ask: { authority: 'evil.example/"><Link' },
    links: ['wss://default.example/ws-xmpp', 'https://default.example/http-bind'],
  },
  {
    says: 'nor a port that is none',
    ask: { authority: 'chat.example:99999' },
    links: ['wss://default.example/ws-xmpp', 'https://default.example/http-bind'],
  },
  {
    says: 'public_url wins over what the client asked',
    ask: { authority: 'inside:5280', clear: true },
    publicUrl: 'https://chat.example.org',
    links: ['wss://chat.example.org/ws-xmpp', 'https://chat.example.org/http-bind'],
  },
  {
    says: 'public_url with port and path',
    publicUrl: 'https://example.org:8443/xmpp/',
    links: ['wss://example.org:8443/xmpp/ws-xmpp', 'https://example.org:8443/xmpp/http-bind'],
  },
  {
    says: 'a public_url in clear',
    publicUrl: 'http://example.org',
    links: ['ws://example.org/ws-xmpp', 'http://example.org/http-bind'],
  },
  {
    says: 'the door of this host goes before that of another',
    ask: { authority: 'b.example:5443' },
    doors: [
      { kind: 'websocket', host: 'a.example', path: '/a' },
      { kind: 'websocket', host: 'b.example', path: '/b' },
    ],
    links: ['wss://b.example:5443/b'],
  },
  {
    says: 'a door of another host only is named with that host',
    ask: { authority: 'b.example:5443' },
    doors: [{ kind: 'bosh', host: 'a.example', path: '/a' }],
    links: ['https://a.example:5443/a'],
  },
  {
    says: 'two doors of one kind are two links',
    doors: [
      { kind: 'websocket', host: null, path: '/one' },
      { kind: 'websocket', host: null, path: '/two' },
    ],
    links: ['wss://localhost/one', 'wss://localhost/two'],
  },
]

describe('links', () => {
  for (const { says, ask = {}, doors, publicUrl, links } of rows) {
    test(says, async () => {
      serve(doors, publicUrl)
      assert.deepEqual(await linksFor(ask), links)
    })
  }
})

describe('public_url', () => {
  const refused = [
    'chat.example.org',
    'wss://chat.example.org',
    'ftp://chat.example.org',
    'https://',
    'https://user@chat.example.org',
    'https://:secret@chat.example.org',
    'https://chat.example.org/?a',
    'https://chat.example.org/#a',
    'https://chat.example.org?',
  ]
  for (const url of refused) {
    test(`is not ${url}`, () => assert.equal(hostMetaSection.safeParse({ public_url: url }).success, false))
  }
})
