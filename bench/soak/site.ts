/** Where a soak takes place: everybody's certificates, and a configuration whose server certificate can be renewed. */

import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext, type SecureContext } from 'node:tls'
import { type Certificate, createAuthority, issue, issueServer } from '../../test/support/pki/certificate.ts'
import { cn, dns, xmppAddr } from '../../test/support/pki/names.ts'

/** The domain that is served. */
export const domain = 'localhost'

/** Somebody with an account. */
export interface Person {
  /** Bare JID. */
  readonly jid: string
  readonly context: SecureContext
}

/** Files and certificates. Disposing of it removes the files. */
export interface SoakSite extends AsyncDisposable {
  /** The configuration file: three listeners, in the order of {@link doorNames}. */
  readonly config: string
  readonly people: readonly Person[]
  /** Names somebody who has an account, but comes from a CA that is not trusted. */
  readonly stranger: SecureContext
  /** Was good until yesterday. */
  readonly expired: SecureContext
  /** From the right CA, and names nobody. */
  readonly nameless: SecureContext
  /** Puts a new server certificate and key in the place of the old one; gives its SHA-256 as Node writes it. */
  renewServer(): Promise<string>
}

/** `strict` is direct TLS that hangs up on whoever has no good certificate. */
export const doorNames = ['starttls', 'direct', 'strict'] as const
export type DoorName = (typeof doorNames)[number]

const stateMs = 20_000
/** More than a soak provokes: failures are counted, and nobody is locked out. */
const manyFailures = 900_000
const handshakeMs = 30_000
const dayMs = 86_400_000

/** Makes all of it in a directory of its own: about a millisecond a person. */
export async function openSite(personCount: number): Promise<SoakSite> {
  const directory = await mkdtemp(join(tmpdir(), 'signet-soak-'))
  const at = (name: string): string => join(directory, name)
  const authority = createAuthority({ name: 'Soak CA' })
  const renewServer = async (): Promise<string> => {
    const server = issueServer(authority, [dns(domain)], domain)
    await writeFile(at('server.pem'), `${server.pem}${server.keyPem}`, { mode: 0o600 })
    return new X509Certificate(server.pem).fingerprint256
  }
  await writeFile(at('ca.pem'), authority.pem)
  await renewServer()
  await writeFile(at('signet.toml'), configuration)
  const person = (index: number): Person => {
    const jid = `u${index}@${domain}`
    return { jid, context: contextOf(issue(authority, { subject: [cn(`User ${index}`)], san: [xmppAddr(jid)] })) }
  }
  const firstName = { subject: [cn('User 0')], san: [xmppAddr(`u0@${domain}`)] }
  const yesterday = new Date(Date.now() - dayMs)
  const lastYear = new Date(Date.now() - 365 * dayMs)
  return {
    config: at('signet.toml'),
    people: Array.from({ length: personCount }, (_, index) => person(index)),
    stranger: contextOf(issue(createAuthority({ name: 'Another CA' }), firstName)),
    expired: contextOf(issue(authority, { ...firstName, notBefore: lastYear, notAfter: yesterday })),
    nameless: contextOf(issue(authority, { subject: [cn('Nobody')] })),
    renewServer,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}

function contextOf({ pem, keyPem }: Certificate): SecureContext {
  return createSecureContext({ cert: pem, key: keyPem })
}

/**
 * Everybody comes from one address here, few certificates fail all the time, and a machine that has other work as well
 * may keep the crowd from answering in time; all else is at its default.
 */
function listener(mode: string, disconnect: boolean): string {
  return `[[listen.c2s]]
  port = 0
  ip_address = "127.0.0.1"
  backlog = 1024
  max_connections_per_address = 10000
  state_timeout = ${stateMs}
  tls.mode = "${mode}"
  tls.certfile = "server.pem"
  tls.cacertfile = "ca.pem"
  tls.disconnect_on_failure = ${disconnect}
  tls.handshake_timeout = ${handshakeMs}
`
}

const configuration = `[general]
  hosts = ["${domain}"]
${listener('starttls_required', false)}${listener('tls', false)}${listener('tls', true)}
[auth]
  methods = ["pki"]
  sasl_mechanisms = ["external"]
[session.local]
  database = "signet.sqlite"
[throttle.address]
  free_failures = ${manyFailures}
  max_failures = ${manyFailures + 1}
[throttle.certificate]
  free_failures = ${manyFailures}
  max_failures = ${manyFailures + 1}
`
