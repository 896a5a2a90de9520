/** The certificates of a benchmark: one CA, a server, some hundred clients, and strangers whom nobody must let in. */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Certificate, createAuthority, issue, issueServer } from '../test/support/pki/certificate.ts'
import { cn, dns, xmppAddr } from '../test/support/pki/names.ts'

/** The domain that all servers of a benchmark serve. */
export const domain = 'localhost'

/** Where the files are; all PEM. */
export interface BenchPki {
  readonly ca: string
  readonly serverCertificate: string
  readonly serverKey: string
  /** Certificate and key in one file. */
  readonly serverBoth: string
  /** A directory of client certificates with their keys, all different, P-256. */
  readonly clients: string
  /** The same from a CA that no server trusts. */
  readonly strangers: string
  readonly clientCount: number
}

const strangerCount = 5

/** Makes them all under `directory`: about a millisecond each. */
export async function makePki(directory: string, clientCount: number): Promise<BenchPki> {
  const authority = createAuthority({ name: 'Benchmark CA' })
  const server = issueServer(authority, [dns(domain)], domain)
  const at = (name: string): string => join(directory, name)
  await mkdir(directory, { recursive: true })
  await writeFile(at('ca.pem'), authority.pem)
  await writeFile(at('server.pem'), server.pem)
  await writeFile(at('server.key'), server.keyPem)
  await writeFile(at('both.pem'), `${server.pem}${server.keyPem}`)
  await writeClients(at('clients'), authority, clientCount)
  await writeClients(at('strangers'), createAuthority({ name: 'Another CA' }), strangerCount)
  return {
    ca: at('ca.pem'),
    serverCertificate: at('server.pem'),
    serverKey: at('server.key'),
    serverBoth: at('both.pem'),
    clients: at('clients'),
    strangers: at('strangers'),
    clientCount,
  }
}

async function writeClients(directory: string, authority: Certificate, count: number): Promise<void> {
  await mkdir(directory, { recursive: true })
  for (let index = 0; index < count; index += 1) {
    const { pem, keyPem } = issueClient(authority, index)
    await writeFile(join(directory, `u${index}.pem`), `${pem}${keyPem}`)
  }
}

/** The certificate of user number `index`, with its own key. */
export function issueClient(authority: Certificate, index: number): Certificate {
  return issue(authority, { subject: [cn(`User ${index}`)], san: [xmppAddr(`u${index}@${domain}`)] })
}
