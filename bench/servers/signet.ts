/** Signet as its users run it: `signet serve` from the compiled package, everything at its defaults, its log in a file. */

import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { domain } from '../pki.ts'
import { type Contestant, findFreePort, startPinned } from './server.ts'

const run = promisify(execFile)
const builtMain = 'dist/main.js'

/** Compiles the server as `npm run build` does; throws with the compiler's words. */
export async function buildSignet(root: string, node: string): Promise<void> {
  try {
    await run(node, [join(root, 'node_modules/typescript/bin/tsc'), '-p', root])
  } catch (cause) {
    const said = cause instanceof Error && 'stdout' in cause ? cause.stdout : cause
    throw new Error(`the server does not compile: ${said}`, { cause })
  }
}

/** Signet. `nodeOptions` go to Node, for profiles. */
export function createSignet(nodeOptions: readonly string[] = []): Contestant {
  return {
    key: 'signet',
    title: 'Signet',
    work: 'login',
    missing: () => null,
    start: async ({ pki, directory, node, root }) => {
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
      const args = [...nodeOptions, join(root, builtMain), 'serve', '--config', file]
      return startPinned({ key: 'signet', command: node, args, port, directory })
    },
  }
}
