/** What is served at the page's path, without a browser: its files, and what the server tells of a certificate. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { chatFiles } from '../../src/listener/https/chat-options.ts'
import { type ReasonCode, reasons } from '../../src/observe/reasons.ts'
import { type Ask, ask } from '../https/https-client.ts'
import type { CatalogueName } from '../support/pki/catalogue.ts'
import { type Site, startSite } from './site.ts'

const contentPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'"

/** What no page of ours may need: other hosts, and scripts or styles that stand in the page itself. */
const forbidden = /(?:src|href)="(?:[a-z]+:)?\/\/|<script(?![^>]*\ssrc=)|<style|\sstyle="|\son[a-z]+="/

describe('the page as files', () => {
  let site: Site
  before(async () => {
    site = await startSite()
  })
  after(() => site[Symbol.asyncDispose]())
  const get = (path: string, more: Partial<Ask> = {}) =>
    ask({ port: site.port, catalogue: site.catalogue, host: `localhost:${site.port}`, path, ...more })

  for (const name of chatFiles) {
    test(`/${name}: guarded, kept by browsers, asked about each time`, async () => {
      const { status, headers, body } = await get(`/${name}`)
      assert.equal(status, 200)
      assert.equal(headers['content-security-policy'], contentPolicy)
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['referrer-policy'], 'no-referrer')
      assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
      assert.equal(headers['cache-control'], 'no-cache')
      assert.match(headers['content-type'] ?? '', /^(?:text|image|application)\/[a-z+]+; charset=utf-8$/)
      const etag = headers.etag ?? ''
      assert.match(etag, /^"[\w-]{43}"$/)
      const again = await get(`/${name}`, { headers: { 'if-none-match': `"other", W/${etag}` } })
      assert.deepEqual([again.status, again.body, again.headers.etag], [304, '', etag])
      const head = await get(`/${name}`, { method: 'HEAD' })
      assert.deepEqual([head.status, head.body], [200, ''])
      assert.equal(head.headers['content-length'], `${Buffer.byteLength(body)}`)
    })
  }

  test('the page loads nothing but these files', async () => {
    const { body: html } = await get('/')
    assert.doesNotMatch(html, forbidden)
    const served: ReadonlySet<string> = new Set(chatFiles)
    const wanted = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, name = '']) => name)
    for (const name of chatFiles.filter((each) => each.endsWith('.js') && each !== 'strophe.js')) {
      const { body } = await get(`/${name}`)
      assert.doesNotMatch(body, /innerHTML|insertAdjacentHTML|outerHTML|\beval\b|new Function/, name)
      wanted.push(...[...body.matchAll(/from '\.\/([^']+)'/g)].map(([, each = '']) => each))
    }
    assert.deepEqual(
      [...new Set(wanted)].filter((name) => !served.has(name)),
      [],
    )
    assert.ok(wanted.length >= chatFiles.length)
  })

  const nowhere = [
    '/nothing',
    '/main.js/',
    '/MAIN.JS',
    '/main.js%00',
    '/%6dain.js',
    '/src/main.js',
    '/..%2fpackage.json',
    '/%2e%2e/package.json',
    '/..;/package.json',
    '/constructor',
    '/__proto__',
  ]
  for (const path of nowhere) {
    test(`${path}: nothing is there`, async () => {
      const { status, headers, body } = await get(path)
      assert.equal(status, 404)
      assert.match(headers['content-type'] ?? '', /^text\/plain/)
      assert.doesNotMatch(body, /signet-xmpp/)
    })
  }

  test('only GET and HEAD', async () => {
    const { status, headers } = await get('/', { method: 'POST', body: 'x' })
    assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'])
  })

  const refused = (code: ReasonCode, why: string) => {
    const { meaning, hint } = reasons[code]
    return { kind: 'refused', code, meaning, hint, why }
  }
  const verdicts: readonly (readonly [CatalogueName | null, object])[] = [
    [null, { kind: 'none' }],
    ['one', { kind: 'accounts', accounts: ['alice@localhost'] }],
    ['two', { kind: 'accounts', accounts: ['alice@localhost', 'bob@localhost'] }],
    ['two-one-foreign', { kind: 'accounts', accounts: ['alice@localhost'] }],
    [
      'unknown-ca',
      refused('chain-unknown-ca', 'the issuer of "CN=Alice" was not sent and is not among the trusted CAs'),
    ],
    [
      'foreign-domain',
      refused('xmpp-addr-foreign-domain', 'xmppAddr alice@foreign.example is not of the domain localhost'),
    ],
  ]
  for (const [name, verdict] of verdicts) {
    test(`session.json with ${name ?? 'no certificate'}: what the login would come to, and no record of it`, async () => {
      const certificate = name === null ? {} : { certificate: site.catalogue.get(name) }
      const { status, headers, body } = await get('/session.json', certificate)
      assert.equal(status, 200)
      assert.equal(headers['cache-control'], 'no-store')
      const session = JSON.parse(body)
      assert.deepEqual(session.verdict, verdict)
      assert.equal(session.certificate?.sha256, name === null ? undefined : fingerprintOf(site, name))
      assert.equal(session.domain, 'localhost')
      assert.deepEqual(session.doors, { websocket: '/ws-xmpp', bosh: '/http-bind' })
      assert.deepEqual(site.decisions(), [])
    })
  }
})

function fingerprintOf(site: Site, name: CatalogueName): string {
  return createHash('sha256').update(site.catalogue.get(name).leafDer).digest('hex')
}

test('below a path of its own, the page is found with and without a slash', async () => {
  await using site = await startSite({ path: '/chat' })
  const get = (path: string) => ask({ port: site.port, catalogue: site.catalogue, path })
  const bare = await get('/chat')
  assert.deepEqual([bare.status, bare.headers.location], [308, '/chat/'])
  assert.match((await get('/chat/')).body, /<title>Signet<\/title>/)
  assert.equal((await get('/chat/main.js')).status, 200)
  assert.deepEqual(
    [(await get('/main.js')).status, (await get('/')).status, (await get('/chat/chat/')).status],
    [404, 404, 404],
  )
})
