/** What the page says when a certificate is refused, or none comes, or the server goes: Playwright shows the certificates. */

import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { type ReasonCode, reasons } from '../../src/observe/reasons.ts'
import type { CatalogueName } from '../support/pki/catalogue.ts'
import { type OwnBrowser, plainBrowser, showing, skipWithoutBrowser } from './browsers.ts'
import { type Site, startSite } from './site.ts'

const skip = skipWithoutBrowser()

interface Refusal {
  readonly name: CatalogueName
  readonly code: ReasonCode
  /** The step that the page marks as failed. */
  readonly step: string
}

const refusals: readonly Refusal[] = [
  { name: 'expired', code: 'chain-expired', step: 'Trust' },
  { name: 'unknown-ca', code: 'chain-unknown-ca', step: 'Trust' },
  { name: 'foreign-domain', code: 'xmpp-addr-foreign-domain', step: 'Identity' },
]

const doors = ['websocket', 'bosh'] as const

const headline = (page: Page, name: string) => page.getByRole('heading', { name, exact: true }).waitFor()
const failedStep = (page: Page) => page.locator('#gate-steps [data-state="bad"] strong').allTextContents()

describe('the page without a good certificate', { skip }, () => {
  const used = new AsyncDisposableStack()
  let site: Site
  let browser: OwnBrowser
  const open = (name: CatalogueName | null, query = '') => browser.open(`${site.origin}/${query}`, showing(site, name))

  before(async () => {
    site = used.use(await startSite())
    browser = used.use(await plainBrowser())
  })
  afterEach(() => browser.closePages())
  after(() => used.disposeAsync())

  for (const door of doors) {
    for (const { name, code, step } of refusals) {
      test(`${name} over ${door}: the reason, what helps, and the record in the log`, async () => {
        const before = site.decisions().length
        const page = await open(name, `?door=${door}`)
        await headline(page, 'Your certificate was refused')
        const box = page.getByRole('alert')
        const { meaning, hint } = reasons[code]
        await box.getByText(code, { exact: true }).waitFor()
        await box.getByText(`${meaning.charAt(0).toUpperCase()}${meaning.slice(1)}.`, { exact: true }).waitFor()
        await box.getByText(`${hint}.`).waitFor()
        assert.deepEqual(await failedStep(page), [step])
        const [decision, ...more] = site.decisions().slice(before)
        assert.deepEqual(more, [])
        assert.equal(await box.locator('[data-decision]').textContent(), decision?.id)
        assert.equal(decision?.transport, door)
        assert.ok(decision.outcome.kind === 'deny')
        assert.equal(decision.outcome.code, code)
      })
    }
  }

  test('where refused connections end at once, the page is there all the same, with reason and record', async () => {
    await using strict = await startSite({ disconnectOnFailure: true })
    const page = await browser.open(`${strict.origin}/`, showing(strict, 'expired'))
    await headline(page, 'Your certificate was refused')
    await page.getByRole('alert').getByText('chain-expired', { exact: true }).waitFor()
    const decisions = strict.decisions()
    assert.equal(decisions.length, 1)
    assert.equal(await page.getByRole('alert').locator('[data-decision]').textContent(), decisions[0]?.id)
    await browser.closePages()
  })

  test('none: it says so before anything is tried, with the site’s own help and that of the browser', async () => {
    const before = site.decisions().length
    const page = await open(null)
    await headline(page, 'No certificate arrived')
    await page.getByText('Ask the person who runs this test.').waitFor()
    assert.equal(await page.getByText('How to import it: Chrome').locator('..').getAttribute('open'), '')
    assert.equal(await page.getByText('How to import it: Firefox').locator('..').getAttribute('open'), null)
    assert.deepEqual(await failedStep(page), ['Certificate'])
    assert.deepEqual(site.decisions().slice(before), [])
  })

  test('two identities: the page asks which, and gets in as that one', async () => {
    const page = await open('two')
    await headline(page, 'Who are you today?')
    await page.getByLabel('Log in as').fill('bob')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('button', { name: 'Log out' }).waitFor()
    assert.equal(await page.locator('#me-jid').textContent(), 'bob@localhost')
    assert.equal(site.decisions().at(-1)?.authzid, 'bob@localhost')
  })

  test('two identities, and a third is asked for: the backend’s no is as clear as the handshake’s', async () => {
    const page = await open('two')
    await page.getByLabel('Log in as').fill('mallory@localhost')
    await page.getByRole('button', { name: 'Log in' }).click()
    await headline(page, 'Your certificate was refused')
    await page.getByRole('alert').getByText('authzid-mismatch', { exact: true }).waitFor()
    assert.deepEqual(await failedStep(page), ['Session'])
    assert.equal(await page.getByRole('alert').locator('[data-decision]').textContent(), site.decisions().at(-1)?.id)
  })

  test('logging out keeps one out until asked back in, also over a reload', async () => {
    const page = await open('one')
    await page.getByRole('button', { name: 'Log out' }).click()
    await headline(page, 'You are logged out')
    await page.reload()
    await headline(page, 'Your certificate is good')
    await page.getByRole('button', { name: 'Log in as alice@localhost' }).click()
    await page.getByRole('button', { name: 'Log out' }).waitFor()
  })

  test('the server goes and comes back: the page says both, and keeps what was said', async () => {
    const page = await open('one')
    await page.getByLabel('Talk to').fill('bob')
    await page.getByRole('button', { name: 'Open', exact: true }).click()
    await page.getByRole('textbox', { name: 'Message' }).fill('before the storm')
    await page.keyboard.press('Enter')
    await site.stop()
    await page
      .getByRole('status')
      .getByText(/^The server .* Trying again in \d+ s\.$/)
      .waitFor()
    assert.equal(await page.getByRole('button', { name: 'Send' }).isDisabled(), true)
    await site.start()
    await page.getByRole('button', { name: 'Try now' }).click()
    await page.locator('#notice').waitFor({ state: 'hidden' })
    await page.getByRole('log').getByText('before the storm').waitFor()
    assert.equal(await page.getByRole('button', { name: 'Send' }).isEnabled(), true)
  })
})
