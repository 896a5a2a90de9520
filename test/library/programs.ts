/** What the library tests share: the demo's certificates in a folder, and example programs as child processes. */

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { ensureDemoCertificates } from '../../src/cli/demo-certificates.ts'
import type { ClientIdentity } from '../../src/hello/wire.ts'
import { type Child, startChild } from '../clients/child.ts'
import { temporaryDirectory } from '../development-pki/openssl.ts'

/** The project's folder. */
export const root = dirname(dirname(import.meta.dirname))

/** A folder with the demo's CA, server certificate and users; gone after the test. */
export async function certificateFolder(context: TestContext): Promise<string> {
  const folder = await temporaryDirectory(context)
  const made = await ensureDemoCertificates(folder, new Date())
  assert.ok(made.ok)
  return folder
}

/** What a demo user shows in the handshake. */
export async function identityOf(folder: string, user: string): Promise<ClientIdentity> {
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8')
  const [certificate, key, ca] = await Promise.all([read(`${user}.pem`), read(`${user}.key`), read('ca.pem')])
  return { certificate, key, ca, serverName: 'localhost' }
}

/** A running example program and where it listens. */
export interface Example {
  readonly child: Child
  readonly port: number
}

/** Starts `docs/examples/NAME.ts` on a free port, over the source of the package; ended after the test. */
export async function startExample(context: TestContext, name: string, folder: string): Promise<Example> {
  const script = join(root, 'docs', 'examples', `${name}.ts`)
  const args = ['--conditions=signet-source', script, folder, '0']
  const child = startChild({ name, command: process.execPath, args, cwd: folder })
  context.after(() => child[Symbol.asyncDispose]())
  const [, port = ''] = await child.line(/^listening on 127\.0\.0\.1:(\d+)$/)
  return { child, port: Number(port) }
}
