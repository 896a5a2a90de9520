/**
 * Two ways to give headless Chromium a certificate. By policy: the certificate lies in an NSS database of a home of its own,
 * and Chromium picks it by itself, as a person would in its dialog; the TLS is the browser's own. By Playwright: its proxy
 * shows any certificate, also those that Chromium would keep to itself.
 */

import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { type DebianPackage, skipWithout } from '../clients/debian.ts'
import type { CatalogueName } from '../support/pki/catalogue.ts'
import { p12Password, type Site } from './site.ts'

const run = promisify(execFile)

/** What these tests need of Debian. */
const packages: readonly DebianPackage[] = ['chromium', 'libnss3-tools']

/** The `skip` option of tests with a browser. Policies are root's to set. */
export function skipWithoutBrowser(): string | false {
  const missing = skipWithout(packages)
  if (missing !== false || process.getuid?.() === 0) return missing
  if (process.env['CI'] === 'true') throw new Error('browser tests need root')
  return 'needs root, to tell Chromium by policy which certificate to show'
}

const policies = '/etc/chromium/policies/managed'

/** Its own network errands would be refused by a closed network, many at a time. */
const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-quic', '--disable-sync']
/** Converse's page has pictures of its sponsors' elsewhere. */
const nowhereElse = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1'
const flags = ['--no-sandbox', '--disable-gpu', '--no-first-run', ...quiet, nowhereElse]

/** Longest wait for anything on a page, milliseconds. */
const waitMs = 15_000

/** A browser that is closed with all that was made for it. */
export interface OwnBrowser extends AsyncDisposable {
  /** A page in a session of its own: no cookies, storage and TLS connections of other pages. */
  open(url: string, options?: BrowserContextOptions, prepare?: (page: Page) => Promise<void>): Promise<Page>
  /** What pages have thrown or complained about so far; violations of their content security policy are among it. */
  readonly problems: readonly string[]
  /** Closes all pages so far, with their connections. */
  closePages(): Promise<void>
}

/** What a browser's database holds: the file of a CA to trust, and a PKCS #12 file to show; null for nothing to show. */
export interface BrowserStore {
  readonly ca: string
  readonly p12: { readonly file: string; readonly password: string } | null
}

/** Chromium with this certificate of the site; null for the browser of somebody who has none. It trusts the CA of the site. */
export function browserOf(site: Site, name: CatalogueName | null): Promise<OwnBrowser> {
  const p12 = name === null ? null : { file: site.files(name).p12, password: p12Password }
  return browserWith({ ca: join(site.directory, 'ca.pem'), p12 })
}

/** Chromium that shows what is in its store to every server on localhost that asks. */
export async function browserWith({ ca, p12 }: BrowserStore): Promise<OwnBrowser> {
  const home = await mkdtemp(join(tmpdir(), 'signet-home-'))
  const database = join(home, '.pki', 'nssdb')
  await mkdir(database, { recursive: true })
  await run('certutil', ['-N', '--empty-password', '-d', `sql:${database}`])
  const trust = ['-A', '-n', 'ca', '-t', 'CT,,', '-i', ca]
  await run('certutil', [...trust, '-d', `sql:${database}`])
  if (p12 !== null) {
    await run('pk12util', ['-i', p12.file, '-W', p12.password, '-K', '', '-d', `sql:${database}`])
  }
  const policy = await writePolicy()
  const browser = await launch({ ...environment(), HOME: home })
  return ownBrowser(browser, async () => {
    await rm(policy, { force: true })
    await rm(home, { recursive: true, force: true })
  })
}

/**
 * One policy file a browser, all saying the same: of several files that set one policy Chromium obeys the last. Any port of
 * localhost, since tests run side by side.
 */
async function writePolicy(): Promise<string> {
  await mkdir(policies, { recursive: true })
  const file = join(policies, `signet-test-${randomUUID()}.json`)
  const choice = JSON.stringify({ pattern: 'https://localhost:*', filter: {} })
  await writeFile(file, JSON.stringify({ AutoSelectCertificateForUrls: [choice] }))
  return file
}

/** Chromium without a certificate of its own; pages may be opened with one that Playwright shows. */
export async function plainBrowser(): Promise<OwnBrowser> {
  const home = await mkdtemp(join(tmpdir(), 'signet-home-'))
  const browser = await launch({ ...environment(), HOME: home })
  return ownBrowser(browser, () => rm(home, { recursive: true, force: true }))
}

/** The options of a page that shows this certificate; without a name, of one that shows none. */
export function showing(site: Site, name: CatalogueName | null): BrowserContextOptions {
  if (name === null) return { ignoreHTTPSErrors: true }
  const { cert, key } = site.files(name)
  const clientCertificates = [{ origin: site.origin, certPath: cert, keyPath: key }]
  return { ignoreHTTPSErrors: true, clientCertificates }
}

function launch(env: Record<string, string>): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: [...flags], env })
}

function ownBrowser(browser: Browser, clean: () => Promise<void>): OwnBrowser {
  let contexts: BrowserContext[] = []
  const problems: string[] = []
  const closePages = async () => {
    const all = contexts
    contexts = []
    await Promise.all(all.map((context) => context.close()))
  }
  return {
    problems,
    open: async (url, options = {}, prepare = async () => {}) => {
      const context = await browser.newContext({ locale: 'en-GB', ...options })
      contexts.push(context)
      context.setDefaultTimeout(waitMs)
      context.on('weberror', (fault) => problems.push(fault.error().message))
      context.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text())
      })
      const page = await context.newPage()
      await prepare(page)
      await page.goto(url)
      return page
    },
    closePages,
    [Symbol.asyncDispose]: async () => {
      await closePages()
      await browser.close()
      await clean()
    },
  }
}

function environment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value ? [[name, value]] : [])))
}
