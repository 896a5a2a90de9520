/** Reads from disk what a TLS door is made of. */

import { readFile } from 'node:fs/promises'
import { emptyTrustStore, readTrustStore, type TrustStore } from '../trust/trust-store.ts'
import type { TlsIdentity } from './tls-door.ts'
import type { ClientTrustOptions, TlsIdentityFiles, TlsOptions } from './tls-options.ts'

/** The files of a listener, read. */
export interface TlsMaterial {
  readonly identity: TlsIdentity
  readonly byServerName: ReadonlyMap<string, TlsIdentity>
  readonly trust: TrustStore
  readonly dhparam: string | null
}

/** Reads every file that `options` name; throws the file system's error, or one that names the CA file and line. */
export async function readTlsMaterial(options: TlsOptions): Promise<TlsMaterial> {
  const [identity, trust, dhparam, ...named] = await Promise.all([
    readIdentity(options.identity),
    readTrust(options),
    options.dhfile === null ? null : readFile(options.dhfile, 'utf8'),
    ...options.sni.map(async (entry) => [entry.host, await readIdentity(entry)] as const),
  ])
  return { identity, trust, dhparam, byServerName: new Map(named) }
}

async function readIdentity({ certfile, keyfile, password }: TlsIdentityFiles): Promise<TlsIdentity> {
  const [cert, key] = await Promise.all([readFile(certfile, 'utf8'), readFile(keyfile, 'utf8')])
  return { cert, key, passphrase: password }
}

/** Reads the CAs of a listener; throws the file system's error, or one that names the file and line. */
export async function readTrust({ cacertfile, verifyMode }: ClientTrustOptions): Promise<TrustStore> {
  if (cacertfile === null || verifyMode === 'none') return emptyTrustStore
  const store = readTrustStore(await readFile(cacertfile, 'utf8'), cacertfile)
  if (store.ok) return store.value
  throw new Error(store.error.map((fault) => `${cacertfile}:${fault.line}: ${fault.text}`).join('; '))
}
