/** The chat page in a real browser: Chromium picks the certificate by policy, and its own TLS shows it. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { connectWebSocket } from '../support/websocket-client.ts'
import { browserOf, type OwnBrowser, skipWithoutBrowser } from './browsers.ts'
import { type Site, startSite } from './site.ts'

const skip = skipWithoutBrowser()

/** What a user does and sees on the page. */
const talk = {
  to: async (page: Page, name: string) => {
    await page.getByLabel('Talk to').fill(name)
    await page.getByRole('button', { name: 'Open', exact: true }).click()
  },
  say: async (page: Page, text: string) => {
    await page.getByRole('textbox', { name: 'Message' }).fill(text)
    await page.keyboard.press('Enter')
  },
  hears: (page: Page, text: string) => page.getByRole('log').getByText(text, { exact: true }).waitFor(),
}

describe('the page in Chromium with a certificate', { skip }, () => {
  const used = new AsyncDisposableStack()
  let site: Site
  let alices: OwnBrowser
  let bobs: OwnBrowser

  before(async () => {
    site = used.use(await startSite())
    alices = used.use(await browserOf(site, 'one'))
    bobs = used.use(await browserOf(site, 'bob'))
  })
  after(() => used.disposeAsync())

  test('two users log in by their certificates alone, one over WebSocket and one over BOSH, and talk', async () => {
    const [alice, bob] = await Promise.all([alices.open(`${site.origin}/`), bobs.open(`${site.origin}/?door=bosh`)])
    await Promise.all([alice.getByText('WebSocket · TLS 1.3').waitFor(), bob.getByText('BOSH · TLS 1.3').waitFor()])
    assert.equal(await alice.locator('#me-jid').textContent(), 'alice@localhost')
    assert.equal(await bob.locator('#me-jid').textContent(), 'bob@localhost')

    await talk.to(alice, 'bob')
    await talk.say(alice, 'hello from alice <b>&')
    await bob.getByRole('button', { name: /alice/ }).click()
    await talk.hears(bob, 'hello from alice <b>&')
    await talk.say(bob, 'hello from bob')
    await talk.hears(alice, 'hello from bob')

    await alice.getByRole('button', { name: 'Add to contacts' }).click()
    await bob.getByRole('button', { name: 'Accept' }).click()
    await alice.locator('#talk-presence', { hasText: /^online$/ }).waitFor()
    await bob.getByLabel('Your presence').selectOption('Do not disturb')
    await alice.locator('#talk-presence', { hasText: 'do not disturb' }).waitFor()

    assert.deepEqual([...alices.problems, ...bobs.problems], [])
    const decisions = site.decisions().map(({ transport, outcome, authzid }) => ({ transport, outcome, authzid }))
    const allow = (jid: string) => ({ kind: 'allow', jid, via: 'standard' })
    assert.deepEqual(
      decisions.sort((a, b) => a.transport.localeCompare(b.transport)),
      [
        { transport: 'bosh', outcome: allow('bob@localhost'), authzid: 'bob@localhost' },
        { transport: 'websocket', outcome: allow('alice@localhost'), authzid: 'alice@localhost' },
      ],
    )
  })

  test('where a WebSocket does not get through, the page comes in over BOSH by itself', async () => {
    // As behind a proxy that lets the upgrade pass and then drops the connection.
    const page = await alices.open(`${site.origin}/`, {}, (fresh) =>
      fresh.routeWebSocket(/\/ws-xmpp$/, (socket) => socket.close()),
    )
    await page.getByText('BOSH · TLS 1.3').waitFor()
    assert.equal(await page.locator('#me-jid').textContent(), 'alice@localhost')
    assert.equal(site.decisions().at(-1)?.transport, 'bosh')
  })

  test('all of it can be done by keyboard, and everything that can be has a name', async () => {
    const page = await alices.open(`${site.origin}/`)
    await page.getByText('WebSocket · TLS 1.3').waitFor()
    await page.evaluate('document.activeElement.blur()')
    const names = new Set<string>()
    for (let steps = 0; steps < 12; steps += 1) {
      await page.keyboard.press('Tab')
      const focused = page.locator(':focus')
      if ((await focused.count()) === 0) break
      names.add(await focused.ariaSnapshot())
    }
    const text = [...names].join('\n')
    for (const name of ['"Log out"', '"Your presence"', '"Talk to"', '"Open"', '"WebSocket · TLS 1.3"', '"Close"']) {
      assert.match(text, new RegExp(`(?:button|combobox|textbox) ${name}`), text)
    }
    await page.getByLabel('Talk to').focus()
    await page.keyboard.type('bob')
    await page.keyboard.press('Enter')
    await page.keyboard.type('typed blindly')
    await page.keyboard.press('Enter')
    await talk.hears(page, 'typed blindly')
    await page.getByRole('button', { name: 'Close' }).focus()
    await page.keyboard.press('Escape')
    await page.getByRole('heading', { name: 'How you got in' }).waitFor({ state: 'hidden' })
  })

  test('a hostile peer gets no contact in, no markup through and nothing out of order', async () => {
    const page = await alices.open(`${site.origin}/`)
    await page.getByText('WebSocket · TLS 1.3').waitFor()
    const address = await page.locator('#facts-list dt:text-is("Address") + dd').textContent()
    const { chainPem, keyPem } = site.catalogue.get('bob')
    const tls = { cert: chainPem, key: keyPem, ca: site.catalogue.rootPem, servername: 'localhost' }
    using bob = await connectWebSocket({ port: site.port, path: '/ws-xmpp', tls })
    await bob.open('localhost')
    assert.equal((await bob.auth('equals')).name, 'success')
    await bob.bind('localhost', 'attack')
    const roster = "<query xmlns='jabber:iq:roster'><item jid='mallory@localhost' subscription='both'/></query>"
    bob.send(`<iq xmlns='jabber:client' type='set' id='1' to='${address}'>${roster}</iq>`)
    const delay = "<delay xmlns='urn:xmpp:delay' stamp='yesterday'/>"
    const markup = '&lt;img src=x onerror=alert(1)&gt;'
    bob.send(`<message xmlns='jabber:client' type='chat' to='${address}'><body>${markup}</body>${delay}</message>`)
    await page.getByRole('button', { name: /^bob/ }).click()
    await talk.hears(page, '<img src=x onerror=alert(1)>')
    assert.equal(await page.getByRole('button', { name: /mallory/ }).count(), 0)
    assert.equal(await page.locator('#messages img').count(), 0)
    assert.deepEqual(alices.problems, [])
  })
})
