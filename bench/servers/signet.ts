/** Signet as its users run it: `signet serve` from the compiled package, everything at its defaults, its log in a file. */

import { execFile } from 'node:child_process'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { domain } from '../pki.ts'
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

/** Signet. `nodeOptions` go to Node, for profiles. */
export function createSignet(nodeOptions: readonly string[] = []): Contestant {
  return {
    key: 'signet',
    title: 'Signet',
    work: 'login',
    missing: () => null,
    start: async ({ pki, directory, node, signetMain }) => {
      const port = await findFreePort()
      const file = join(directory, 'signet.toml')
      // The generator is one address; a site's clients are many.
      await writeFile(
        file,
        `[general]
  hosts = ["${domain}"]
[[listen.c2s]]
  port = ${port}
  ip_address = "127.0.0.1"
  backlog = 1024
  max_connections_per_address = 10000
  tls.mode = "starttls_required"
  tls.certfile = "${pki.serverCertificate}"
  tls.keyfile = "${pki.serverKey}"
  tls.cacertfile = "${pki.ca}"
  tls.disconnect_on_failure = false
[auth]
  methods = ["pki"]
  sasl_mechanisms = ["external"]
[session.local]
  database = "${join(directory, 'signet.sqlite')}"
`,
      )
      const args = [...nodeOptions, signetMain, 'serve', '--config', file]
      return startPinned({ key: 'signet', command: node, args, port, directory })
    },
  }
}
