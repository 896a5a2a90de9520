/** A real Signet for a client to talk to: its own process, a generated configuration, free ports, its log as events. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ensureDemoCertificates } from '../../src/cli/demo-certificates.ts'
import type { Decision } from '../../src/observe/decision.ts'
import { type Child, type ChildEvent, startChild } from './child.ts'
import { filesOf, makePki, type SitePki, type TestPki } from './pki.ts'

/** A scratch directory with certificates; disposing removes it. */
export interface Site<Pki extends SitePki = SitePki> extends AsyncDisposable {
  readonly dir: string
  readonly pki: Pki
}

/** A running Signet. Disposing ends it by SIGTERM. */
export interface SignetProcess extends AsyncDisposable {
  /** Where it listens, by the way TLS starts. */
  readonly ports: { readonly starttls: number; readonly direct: number }
  readonly child: Child
  /** Every login decision so far, oldest first. */
  decisions(): readonly Decision[]
  /** The first decision, past or future, that matches. */
  decision(what: string, matches: (decision: Decision) => boolean): Promise<Decision>
  /** SIGTERM, then the exit code. */
  stop(): Promise<number | NodeJS.Signals>
}

/** What a test may vary. */
export interface SignetOptions {
  /** `tls.disconnect_on_failure` of both listeners; false if left out. */
  readonly disconnectOnFailure?: boolean
  /** Accounts with passwords, by localpart, beside the certificates. */
  readonly passwords?: Readonly<Record<string, string>>
}

const root = dirname(dirname(import.meta.dirname))
const readyMs = 20_000

/** A site with certificates made by `openssl`, bad ones among them. */
export function openSite(): Promise<Site<TestPki>> {
  return openSiteOf(makePki)
}

/** A site with the certificates that `signet demo` makes. */
export function openDemoSite(): Promise<Site> {
  return openSiteOf(async (dir) => {
    const made = await ensureDemoCertificates(dir, new Date())
    if (!made.ok) throw new Error(made.error)
    const [server, alice, bob] = [filesOf(dir, 'server'), filesOf(dir, 'alice'), filesOf(dir, 'bob')]
    return { dir, ca: join(dir, 'ca.pem'), server, alice, bob }
  })
}

async function openSiteOf<Pki extends SitePki>(make: (dir: string) => Promise<Pki>): Promise<Site<Pki>> {
  const dir = await mkdtemp(join(tmpdir(), 'signet-clients-'))
  const dispose = (): Promise<void> => rm(dir, { recursive: true, force: true })
  try {
    return { dir, pki: await make(join(dir, 'certs')), [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

/** Starts Signet for `localhost` on two free ports of 127.0.0.1 and waits until both listen. */
export async function startSignet(site: Site, options: SignetOptions = {}): Promise<SignetProcess> {
  const file = join(site.dir, 'signet.toml')
  await writeFile(file, configuration(site, options))
  await addAccounts(file, options.passwords ?? {})
  const child = startChild({
    name: 'signet',
    command: process.execPath,
    args: [join(root, 'src', 'main.ts'), 'serve', '--config', file],
    cwd: site.dir,
  })
  try {
    await child.next('readiness', (event) => event['event'] === 'signet_ready', readyMs)
    const [starttls, direct] = await Promise.all([listening(child, 'starttls_required'), listening(child, 'tls')])
    return {
      ports: { starttls, direct },
      child,
      decisions: () => child.events.filter(isDecision).map(asDecision),
      decision: async (what, matches) =>
        asDecision(await child.next(what, (event) => isDecision(event) && matches(asDecision(event)))),
      stop: () => child.stop(),
      [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
    }
  } catch (error) {
    await child.stop()
    throw error
  }
}

function configuration(site: Site, options: SignetOptions): string {
  const { pki } = site
  const listener = (mode: string): string => `
[[listen.c2s]]
  port = 0
  ip_address = "127.0.0.1"
  tls.mode = "${mode}"
  tls.verify_mode = "peer"
  tls.disconnect_on_failure = ${options.disconnectOnFailure ?? false}
  tls.certfile = ${JSON.stringify(pki.server.cert)}
  tls.keyfile = ${JSON.stringify(pki.server.key)}
  tls.cacertfile = ${JSON.stringify(pki.ca)}
`
  return `
[general]
  hosts = ["localhost"]
  default_server_domain = "localhost"
  loglevel = "info"
${listener('starttls_required')}${listener('tls')}
${options.passwords === undefined ? certificatesOnly : withPasswords}
[session.local]
  database = ${JSON.stringify(join(site.dir, 'state.sqlite'))}
`
}

const certificatesOnly = `[auth]
  methods = ["pki"]
  sasl_mechanisms = ["external"]
[auth.pki]`

const withPasswords = `[auth]
  methods = ["rdbms", "pki"]
[outgoing_pools.rdbms.default.connection]
  driver = "sqlite"
  database = "accounts.sqlite"`

/** Adds accounts as an operator would. */
async function addAccounts(file: string, passwords: Readonly<Record<string, string>>): Promise<void> {
  for (const [local, password] of Object.entries(passwords)) {
    const child = startChild({
      name: `signet user add ${local}`,
      command: process.execPath,
      args: [join(root, 'src', 'main.ts'), 'user', 'add', `${local}@localhost`, '--config', file],
      cwd: dirname(file),
    })
    child.say(password)
    await child.line(/^\S+ added$/)
    if ((await child.ended) !== 0) throw new Error(`cannot add ${local}`)
  }
}

async function listening(child: Child, mode: string): Promise<number> {
  const ready = (event: ChildEvent): boolean => event['event'] === 'listener_ready' && event['tls'] === mode
  return Number((await child.next(`listener with ${mode}`, ready, readyMs))['port'])
}

function isDecision(event: ChildEvent): boolean {
  return event['event'] === 'login_decision_made'
}

function asDecision(event: ChildEvent): Decision {
  return event as unknown as Decision
}
