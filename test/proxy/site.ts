/** A whole Signet from the text of a configuration file, with the files that it names, for tests of what stands in front of it. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, createApp } from '../../src/app.ts'
import type { Decision } from '../../src/observe/decision.ts'
import { formatProblem, loadOptions, type SignetOptions } from '../../src/options.ts'
import type { Catalogue } from '../support/pki/catalogue.ts'
import { createRecordingLog, type RecordingLog } from '../support/recording-log.ts'

/** A running server. Disposing of it stops it and removes its files. */
export interface Site extends AsyncDisposable {
  readonly catalogue: Catalogue
  /** Where configuration and certificates are: `server.pem`, `server.key`, `both.pem`, `clients-ca.pem`. */
  readonly folder: string
  readonly log: RecordingLog
  readonly app: App
  readonly options: SignetOptions
  /** The ports of the listeners in the order of the file, c2s first. */
  readonly ports: readonly number[]
  /** All decision records so far. */
  decisions(): readonly Decision[]
}

/** Everything but listeners: logins by certificate, and by passwords of accounts that nobody has. */
export const common = `
[general]
  hosts = ["example.org"]
[auth]
  sasl_mechanisms = ["external", "scram_sha256_plus", "scram_sha256"]
  methods = ["pki", "rdbms"]
[outgoing_pools.rdbms.default.connection]
  driver = "sqlite"
  database = "accounts.sqlite"
[throttle]
  enabled = false
[session.local]
  database = "sessions.sqlite"
`

/** Starts what the text says; its names of files are those of the folder. Throws when the server does not start. */
export async function startSite(catalogue: Catalogue, text: string): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'signet-proxy-'))
  const { server, rootPem } = catalogue
  await writeFile(join(folder, 'server.pem'), server.pem)
  await writeFile(join(folder, 'server.key'), server.keyPem, { mode: 0o600 })
  await writeFile(join(folder, 'both.pem'), `${server.pem}${server.keyPem}`, { mode: 0o600 })
  await writeFile(join(folder, 'clients-ca.pem'), rootPem)
  const file = join(folder, 'signet.toml')
  const loaded = loadOptions({ path: file, text })
  if (!loaded.ok) throw new Error(loaded.error.problems.map((problem) => formatProblem(problem)).join('\n'))
  const log = createRecordingLog()
  const app = createApp({ options: loaded.value.options, log })
  const started = await app.start()
  if (!started.ok) throw new Error(`the server did not start: ${JSON.stringify(started.error)}`)
  return {
    catalogue,
    folder,
    log,
    app,
    options: loaded.value.options,
    ports: started.value.map(({ port }) => port),
    decisions: () =>
      log.entries
        .filter(({ event }) => event === 'login_decision_made')
        .map(({ fields }) => fields as unknown as Decision),
    [Symbol.asyncDispose]: async () => {
      await app.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
