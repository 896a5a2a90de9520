/** Signet as a process of its own for load and abuse: run from the source, its defaults but for what a test states. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BenchPki, domain } from '../pki.ts'
import { type BenchServer, findFreePort, startPinned } from '../servers/server.ts'

/** The checkout. */
export const root = join(import.meta.dirname, '../..')

/** What differs from the defaults. */
export interface SignetVariant {
  /** Further lines of `[[listen.c2s]]`, for both doors. */
  readonly listener: readonly string[]
  /** Limit of open files of the process; the system's when left out. */
  readonly maxFiles?: number
}

/** A running server. Its log is a file of JSON lines. */
export interface LoadedSignet extends BenchServer {
  /** The port of direct TLS; `port` is that of STARTTLS. */
  readonly directPort: number
  readonly logFile: string
}

/** Starts one in `directory`. */
export async function startSignet(pki: BenchPki, directory: string, variant: SignetVariant): Promise<LoadedSignet> {
  const port = await findFreePort()
  const directPort = await findFreePort()
  const file = join(directory, 'signet.toml')
  await writeFile(
    file,
    `[general]
  hosts = ["${domain}"]
${listener(pki, port, 'starttls_required', variant)}${listener(pki, directPort, 'tls', variant)}[auth]
  methods = ["pki"]
  sasl_mechanisms = ["external"]
[session.local]
  database = "${join(directory, 'signet.sqlite')}"
`,
  )
  const signet = [process.execPath, join(root, 'src/main.ts'), 'serve', '--config', file]
  const [command = '', ...args] =
    variant.maxFiles === undefined ? signet : ['prlimit', `--nofile=${variant.maxFiles}`, ...signet]
  const server = await startPinned({ key: 'signet', command, args, port, directory })
  return { ...server, directPort, logFile: join(directory, 'signet.log') }
}

const listener = (pki: BenchPki, port: number, mode: string, variant: SignetVariant) => `[[listen.c2s]]
  port = ${port}
  ip_address = "127.0.0.1"
  ${variant.listener.join('\n  ')}
  tls.mode = "${mode}"
  tls.certfile = "${pki.serverCertificate}"
  tls.keyfile = "${pki.serverKey}"
  tls.cacertfile = "${pki.ca}"
  tls.disconnect_on_failure = false
`
