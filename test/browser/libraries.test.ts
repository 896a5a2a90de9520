/** strophe.js and Converse as docs/browsers.md has them, on a page of another origin: real Chromium, certificate by policy. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { reasons } from '../../src/observe/reasons.ts'
import { browserOf, type OwnBrowser, plainBrowser, showing, skipWithoutBrowser } from './browsers.ts'
import { type Elsewhere, startElsewhere } from './elsewhere.ts'
import { type Site, startSite } from './site.ts'

const skip = skipWithoutBrowser()
const doors = ['websocket', 'bosh'] as const

/** Has the page of the strophe.js example send a message, or presence of a type. */
const say = (page: Page, to: string, text: string) =>
  page.evaluate(`connection.send($msg({ to: '${to}', type: 'chat' }).c('body').t(${JSON.stringify(text)}))`)
const sendPresence = (page: Page, to: string, type: string) =>
  page.evaluate(`connection.send($pres({ to: '${to}', type: '${type}' }))`)

describe('client libraries in Chromium', { skip }, () => {
  const used = new AsyncDisposableStack()
  let site: Site
  let elsewhere: Elsewhere
  let alices: OwnBrowser
  let bobs: OwnBrowser
  let strangers: OwnBrowser

  before(async () => {
    elsewhere = used.use(await startElsewhere())
    site = used.use(await startSite({ origins: [elsewhere.origin] }))
    elsewhere.pointTo(site)
    alices = used.use(await browserOf(site, 'one'))
    bobs = used.use(await browserOf(site, 'bob'))
    strangers = used.use(await plainBrowser())
  })
  after(() => used.disposeAsync())

  const stropheOf = async (browser: OwnBrowser, jid: string, door: (typeof doors)[number]) => {
    const page = await browser.open(elsewhere.page('strophe', jid, door))
    await page.getByText(`online as ${jid}/`).waitFor()
    return page
  }

  for (const door of doors) {
    test(`strophe.js over ${door}: two users log in and talk`, async () => {
      const [alice, bob] = await Promise.all([
        stropheOf(alices, 'alice@localhost', door),
        stropheOf(bobs, 'bob@localhost', door),
      ])
      await say(alice, 'bob@localhost', `hello over ${door}`)
      await bob.getByText(`hello over ${door}`, { exact: true }).waitFor()
      await say(bob, 'alice@localhost', `and back over ${door}`)
      await alice.getByText(`and back over ${door}`, { exact: true }).waitFor()
      // Converse shows contacts; the server keeps them for the tests that follow.
      await sendPresence(bob, 'alice@localhost', 'subscribed')
      await sendPresence(alice, 'bob@localhost', 'subscribe')
      const [one, two] = site.decisions().slice(-2)
      assert.deepEqual([one?.transport, two?.transport], [door, door])
      await Promise.all([alices.closePages(), bobs.closePages()])
    })

    test(`strophe.js over ${door}: who asks for another's account is told why not`, async () => {
      const page = await strangers.open(elsewhere.page('strophe', 'alice@localhost', door), showing(site, 'bob'))
      await page.getByText(refusalOf('refused: ')).waitFor()
      await strangers.closePages()
    })

    test(`Converse over ${door}: logs in, and talks`, async () => {
      const bob = await stropheOf(bobs, 'bob@localhost', door)
      const alice = await alices.open(elsewhere.page('converse', 'alice@localhost', door))
      await alice.getByText('I am online').waitFor()
      await alice.getByText('bob@localhost').first().click()
      await say(bob, 'alice@localhost', `hello, Converse over ${door}`)
      await alice.locator('.chat-msg__text', { hasText: `hello, Converse over ${door}` }).waitFor()
      await alice.locator('textarea.chat-textarea').fill('hello from Converse')
      await alice.keyboard.press('Enter')
      await bob.getByText('hello from Converse', { exact: true }).waitFor()
      const last = site.decisions().at(-1)
      assert.equal(last?.transport, door)
      assert.deepEqual(last.outcome, { kind: 'allow', jid: 'alice@localhost', via: 'standard' })
      await Promise.all([alices.closePages(), bobs.closePages()])
    })

    test(`Converse over ${door}: who is refused reads the server's reason and the decision's id`, async () => {
      const page = await strangers.open(elsewhere.page('converse', 'alice@localhost', door), showing(site, 'bob'))
      await page.getByText(refusalOf('')).waitFor()
      const text = await page.getByText(refusalOf('')).textContent()
      assert.equal(/\((.*)\)/.exec(text ?? '')?.[1], site.decisions().at(-1)?.id)
      await strangers.closePages()
    })
  }

  test('strophe.js over websocket: where the certificate is no good, login by certificate is not on offer', async () => {
    const url = elsewhere.page('strophe', 'alice@localhost', 'websocket')
    const page = await strangers.open(url, showing(site, 'expired'))
    await page.getByText('refused: the server takes no certificate from you').waitFor()
    await strangers.closePages()
  })
})

/** The server's sentence, with the id of a decision. */
const refusalOf = (before: string) =>
  new RegExp(`^\\s*${before}${reasons['authzid-mismatch'].meaning} \\([\\da-f-]{36}\\)\\s*$`)
