/** Builds the C programs of the benchmark: the load generator, and the smallest server that can be logged in to. */

import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Paths of what was built. */
export interface Programs {
  readonly loadGenerator: string
  readonly loginServer: string
  /** The login server as an add-on of Node. */
  readonly loginAddon: string
}

const flags = ['-std=gnu17', '-O2', '-Wall', '-Wextra', '-Wshadow', '-Werror']
const libraries = ['-lssl', '-lcrypto']

/** Compiles into `directory`. Needs gcc and libssl-dev; throws with the compiler's words. */
export async function buildPrograms(directory: string): Promise<Programs> {
  await mkdir(directory, { recursive: true })
  const programs = {
    loadGenerator: join(directory, 'xmpp-login'),
    loginServer: join(directory, 'login-server'),
    loginAddon: join(directory, 'login-server.node'),
  }
  const generator = globSync(join(import.meta.dirname, 'login/*.c'))
  const server = [
    join(import.meta.dirname, 'reference/login-server.c'),
    join(import.meta.dirname, 'login/certificate.c'),
  ]
  await Promise.all([
    compile([...flags, '-o', programs.loadGenerator, ...generator, ...libraries]),
    compile([...flags, '-o', programs.loginServer, ...server, ...libraries]),
    // No libraries here: Node brings the symbols of OpenSSL.
    compile([...flags, '-fPIC', '-shared', '-o', programs.loginAddon, ...server]),
  ])
  return programs
}

async function compile(args: readonly string[]): Promise<void> {
  try {
    await run('gcc', args)
  } catch (cause) {
    throw new Error('the C programs cannot be built: gcc and libssl-dev are needed (Debian packages)', { cause })
  }
}
