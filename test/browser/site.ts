/** A Signet with an HTTPS listener for browsers, and the certificates that they come with. */

import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, createApp } from '../../src/app.ts'
import { encodePkcs12 } from '../../src/development-pki/pkcs12.ts'
import type { Decision } from '../../src/observe/decision.ts'
import { formatProblem, loadOptions } from '../../src/options.ts'
import { addAccounts, filePool } from '../support/accounts.ts'
import { type Catalogue, type CatalogueName, createCatalogue } from '../support/pki/catalogue.ts'
import type { Certificate } from '../support/pki/certificate.ts'
import { createRecordingLog, type RecordingLog } from '../support/recording-log.ts'

/** Password of the `.p12` files. */
export const p12Password = 'browser'

/** A running site. Disposing of it stops it and removes its files. */
export interface Site extends AsyncDisposable {
  /** `https://localhost:port`. */
  readonly origin: string
  readonly port: number
  readonly catalogue: Catalogue
  readonly log: RecordingLog
  /** The folder of its files; `ca.pem` is the CA of them all. */
  readonly directory: string
  /** A certificate's files: PEM of the certificate and what comes with it, PEM of the key, and both as PKCS #12. */
  files(name: CatalogueName): CertificateFiles
  /** All decisions so far, oldest first. */
  decisions(): readonly Decision[]
  stop(): Promise<void>
  /** Starts again, at the same port, after `stop`. */
  start(): Promise<void>
}

/** The files of one certificate. */
export interface CertificateFiles {
  readonly cert: string
  readonly key: string
  readonly p12: string
}

/** The certificates that browsers come with. */
const shown: readonly CatalogueName[] = ['one', 'bob', 'two', 'foreign-domain', 'expired', 'unknown-ca']

/** How a site may differ. */
export interface SitePlan {
  /** Origins of pages elsewhere that may open connections. */
  readonly origins?: readonly string[]
  /** Path of the page. */
  readonly path?: string
  /** Whether connections without a good certificate end at once. */
  readonly disconnectOnFailure?: boolean
  /** Users with a password beside those with a certificate, by localpart. */
  readonly passwords?: Readonly<Record<string, string>>
}

/** Starts a site for the domain `localhost` on a free port. */
export async function startSite(plan: SitePlan = {}): Promise<Site> {
  const directory = await mkdtemp(join(tmpdir(), 'signet-browser-'))
  const catalogue = createCatalogue('localhost')
  await writeFiles(directory, catalogue)
  if (plan.passwords !== undefined) await addAccounts(filePool(directory), 'localhost', plan.passwords)
  const port = await freePort()
  const log = createRecordingLog()
  const loaded = loadOptions({ path: join(directory, 'signet.toml'), text: configuration(port, plan) })
  if (!loaded.ok) throw new Error(loaded.error.problems.map((problem) => formatProblem(problem)).join('\n'))
  const { options } = loaded.value
  let app: App | null = null
  const start = async () => {
    app = createApp({ options, log })
    const started = await app.start()
    if (!started.ok) throw new Error(`the site did not start: ${JSON.stringify(started.error)}`)
  }
  const stop = async () => {
    await app?.stop()
  }
  await start()
  return {
    origin: `https://localhost:${port}`,
    port,
    catalogue,
    log,
    directory,
    files: (name) => filesOf(directory, name),
    decisions: () =>
      log.entries.flatMap(({ event, fields }) =>
        event === 'login_decision_made' ? [fields as unknown as Decision] : [],
      ),
    start,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

function filesOf(directory: string, name: string): CertificateFiles {
  return {
    cert: join(directory, `${name}.pem`),
    key: join(directory, `${name}.key`),
    p12: join(directory, `${name}.p12`),
  }
}

async function writeFiles(directory: string, catalogue: Catalogue): Promise<void> {
  const { root, server, rootPem } = catalogue
  await writeFile(join(directory, 'ca.pem'), rootPem)
  await writePair(directory, 'server', server.pem, server)
  for (const name of shown) {
    const { chainPem, leaf } = catalogue.get(name)
    await writePair(directory, name, chainPem, leaf)
    const credential = { certificate: new X509Certificate(leaf.pem), key: createPrivateKey(leaf.keyPem) }
    const content = { credential, issuer: new X509Certificate(root.pem), friendlyName: name }
    await writeFile(filesOf(directory, name).p12, encodePkcs12(content, p12Password))
  }
}

async function writePair(directory: string, name: string, certPem: string, { keyPem }: Certificate): Promise<void> {
  const { cert, key } = filesOf(directory, name)
  await writeFile(cert, certPem)
  await writeFile(key, keyPem, { mode: 0o600 })
}

const configuration = (
  port: number,
  { origins = [], path = '/', disconnectOnFailure = false, passwords }: SitePlan,
): string => `
  [general]
  hosts = ["localhost"]

  [[listen.http]]
  port = ${port}
  ip_address = "127.0.0.1"
  tls.certfile = "server.pem"
  tls.keyfile = "server.key"
  tls.cacertfile = "ca.pem"
  tls.verify_mode = "peer"
  tls.disconnect_on_failure = ${disconnectOnFailure}

  [[listen.http.handlers.mongoose_websocket_handler]]
  path = "/ws-xmpp"
  ${origins.length === 0 ? '' : `origins = ${JSON.stringify(origins)}`}

  [[listen.http.handlers.mongoose_bosh_handler]]
  path = "/http-bind"
  ${origins.length === 0 ? '' : `origins = ${JSON.stringify(origins)}`}

  [[listen.http.handlers.signet_host_meta_handler]]

  [[listen.http.handlers.signet_chat_handler]]
  path = "${path}"
  certificate_help = "Ask the person who runs this test."

  [auth]
  methods = ${passwords === undefined ? '["pki"]' : '["pki", "rdbms"]'}
  sasl_mechanisms = ${passwords === undefined ? '["external"]' : '["external", "scram_sha256"]'}
  sasl_external = ["standard"]

  ${passwords === undefined ? '' : accountFile}

  [throttle]
  enabled = false

  [session.local]
  database = "sessions.sqlite"
`

const accountFile = `[outgoing_pools.rdbms.default.connection]
  driver = "sqlite"
  database = "accounts.sqlite"`

/** A port that was free a moment ago. Browsers are told of ports by policy, so it must be known before the start. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server: Server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject()))
    })
  })
}
