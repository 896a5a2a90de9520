/** One site for people with certificates and people with passwords, in real browsers: neither kind is in the other's way. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { browserOf, type OwnBrowser, skipWithoutBrowser } from './browsers.ts'
import { type Elsewhere, startElsewhere } from './elsewhere.ts'
import { type Site, startSite } from './site.ts'

const skip = skipWithoutBrowser()
const password = 'correct horse'

/** What becomes of a WebSocket that a page opens: `open`, or `closed`. */
const tryWebSocket = (page: Page, url: string): Promise<string> =>
  page.evaluate(`new Promise((resolve) => {
    const socket = new WebSocket('${url}', 'xmpp')
    socket.onopen = () => resolve('open')
    socket.onclose = () => resolve('closed')
  })`)

describe('certificates and passwords on one site', { skip }, () => {
  const used = new AsyncDisposableStack()
  let site: Site
  let elsewhere: Elsewhere
  let holders: OwnBrowser
  let others: OwnBrowser

  before(async () => {
    elsewhere = used.use(await startElsewhere())
    site = used.use(await startSite({ origins: [elsewhere.origin], passwords: { carol: password } }))
    elsewhere.pointTo(site)
    holders = used.use(await browserOf(site, 'one'))
    others = used.use(await browserOf(site, null))
  })
  after(() => used.disposeAsync())

  for (const door of ['websocket', 'bosh'] as const) {
    test(`over ${door} one logs in by certificate, the other by password`, async () => {
      const [alice, carol] = await Promise.all([
        holders.open(elsewhere.page('strophe', 'alice@localhost', door)),
        others.open(elsewhere.page('strophe', 'carol@localhost', door, password)),
      ])
      await Promise.all([
        alice.getByText('online as alice@localhost/').waitFor(),
        carol.getByText('online as carol@localhost/').waitFor(),
      ])
      const last = site.decisions().slice(-2)
      assert.deepEqual(last.map(({ mechanism, transport }) => `${mechanism} ${transport}`).sort(), [
        `EXTERNAL ${door}`,
        `SCRAM-SHA-256 ${door}`,
      ])
    })
  }

  for (const kind of ['with', 'without'] as const) {
    test(`${kind} a certificate, a WebSocket that comes first fails, and one after an ordinary request does not`, async () => {
      const browser = kind === 'with' ? holders : others
      const page = await browser.open(`${elsewhere.origin}/strophe.umd.min.js`)
      const url = `${site.origin.replace('https:', 'wss:')}/ws-xmpp`
      assert.equal(await tryWebSocket(page, url), 'closed')
      const status = await page.evaluate(
        `fetch('${site.origin}/.well-known/host-meta.json').then(({ status }) => status)`,
      )
      assert.equal(status, 200)
      assert.equal(await tryWebSocket(page, url), 'open')
    })
  }
})
