/** Signet as its users run it: `signet serve` from the compiled package, everything at its defaults, its log in a file. */

import { execFile } from 'node:child_process'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { boshPath, type Door, webSocketPath } from '../generator.ts'
import { type BenchPki, domain } from '../pki.ts'
import { type Contestant, findFreePort, startPinned } from './server.ts'

const run = promisify(execFile)

/** What a compiled Signet finds beside its code. */
const companions = ['package.json', 'config/openssl-no-tickets.cnf']

/**
 * Compiles the server into `target`, laid out like the package, and returns its main file. `target` is inside the checkout,
 * for the modules. Throws with the compiler's words.
 */
export async function buildSignet(root: string, target: string, node: string): Promise<string> {
  const outDir = join(target, 'dist')
  try {
    await run(node, [join(root, 'node_modules/typescript/bin/tsc'), '-p', root, '--outDir', outDir])
  } catch (cause) {
    const said = cause instanceof Error && 'stdout' in cause ? cause.stdout : cause
    throw new Error(`the server does not compile: ${said}`, { cause })
  }
  for (const file of companions) {
    await mkdir(dirname(join(target, file)), { recursive: true })
    await copyFile(join(root, file), join(target, file))
  }
  return join(outDir, 'main.js')
}

/** Who decides, when nobody says otherwise: the certificate alone. */
const byPki = `[auth]
  methods = ["pki"]
  sasl_mechanisms = ["external"]
`

/** Signet with one door. `nodeOptions` go to Node, for profiles; `auth` is what the configuration has on who decides. */
export function createSignet(
  nodeOptions: readonly string[] = [],
  door: Door = 'starttls',
  auth: string = byPki,
): Contestant {
  const key = door === 'starttls' ? 'signet' : `signet-${door}`
  return {
    key,
    title: titles[door],
    work: 'login',
    door,
    missing: () => null,
    start: async ({ pki, directory, node, signetMain }) => {
      const port = await findFreePort()
      const file = join(directory, `${key}.toml`)
      await writeFile(
        file,
        `[general]
  hosts = ["${domain}"]
${listeners[door](port, tlsLines(pki))}
${auth}[session.local]
  database = "${join(directory, `${key}.sqlite`)}"
`,
      )
      const args = [...nodeOptions, signetMain, 'serve', '--config', file]
      return startPinned({ key, command: node, args, port, directory })
    },
  }
}

const titles: Readonly<Record<Door, string>> = {
  starttls: 'Signet',
  direct: 'Signet, direct TLS',
  websocket: 'Signet, WebSocket',
  bosh: 'Signet, BOSH',
}

// The generator is one address; a site's clients are many.
const common = (port: number): string => `port = ${port}
  ip_address = "127.0.0.1"
  backlog = 1024
  max_connections_per_address = 10000`

const tlsLines = (pki: BenchPki): string => `tls.certfile = "${pki.serverCertificate}"
  tls.keyfile = "${pki.serverKey}"
  tls.cacertfile = "${pki.ca}"
  tls.disconnect_on_failure = false`

const c2s = (mode: string) => (port: number, tls: string) =>
  `[[listen.c2s]]
  ${common(port)}
  tls.mode = "${mode}"
  ${tls}`

const http = (port: number, tls: string): string => `[[listen.http]]
  ${common(port)}
  transport.max_connections = 10000
  ${tls}`

const listeners: Readonly<Record<Door, (port: number, tls: string) => string>> = {
  starttls: c2s('starttls_required'),
  direct: c2s('tls'),
  websocket: (port, tls) => `${http(port, tls)}
  [[listen.http.handlers.mongoose_websocket_handler]]
    path = "${webSocketPath}"`,
  bosh: (port, tls) => `${http(port, tls)}
  [[listen.http.handlers.mongoose_bosh_handler]]
    path = "${boshPath}"
    max_sessions_per_address = 10000`,
}
