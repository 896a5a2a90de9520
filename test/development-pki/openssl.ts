/** Runs the openssl command line, the second opinion on everything that the development PKI makes. */

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** How a run ended. */
export interface OpensslRun {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs `openssl ARGS…` in a directory. Rejects when there is no openssl. */
export function openssl(cwd: string, ...args: readonly string[]): Promise<OpensslRun> {
  return new Promise((resolve, reject) => {
    execFile('openssl', args, { cwd }, (error, out, err) => {
      if (error !== null && typeof error.code !== 'number') reject(error)
      else resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
  })
}

/** A directory that is gone after the test. */
export async function temporaryDirectory(context: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'signet-pki-'))
  context.after(() => rm(directory, { recursive: true, force: true }))
  return directory
}
