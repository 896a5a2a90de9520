/** Options of the connections to directories (`[outgoing_pools.ldap.TAG]`). */

import { isIPv6 } from 'node:net'
import type { z } from 'zod'
import { flag, integer, section, text, texts } from '../../../config/declare.ts'
import type { Place } from '../../../config/place.ts'
import { poolSection } from '../../pool-section.ts'
import { type PoolTlsOptions, poolTlsSection, resolvePoolTls } from '../../pool-tls.ts'

/** How connections are made safe: TLS from the first byte, or after asking for it on the port for clear text. */
export type LdapTls = PoolTlsOptions & { readonly start: 'at-once' | 'starttls' }

/** Who we are to the directory. */
export type LdapIdentity =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'simple'
      readonly dn: string
      /** Never logged. */
      readonly password: string
    }
  /** SASL EXTERNAL (RFC 4513 §5.2.3): by our certificate. */
  | { readonly kind: 'certificate' }

/** One pool, resolved. */
export interface LdapPoolOptions {
  /** Connections at most. */
  readonly workers: number
  /** Longest wait for the answer to one question, connecting and a second try included, milliseconds. */
  readonly callTimeoutMs: number
  /** Host names or addresses, at least one. */
  readonly servers: readonly string[]
  readonly port: number
  readonly identity: LdapIdentity
  /** How long a server that failed is tried last, milliseconds. */
  readonly asideMs: number
  readonly tls: LdapTls | null
}

const clearPort = 389
const tlsPort = 636

const isHost = (value: string): boolean => /^[A-Za-z0-9._-]+$/.test(value) || isIPv6(value)

const connectionSection = section(
  'Where the directory is, and who we are to it.',
  {
    servers: texts({
      says: 'Servers with the same content, each tried when those before it fail.',
      allowed: 'a list of at least one host name or address',
      byDefault: '`["localhost"]`',
    }),
    port: integer({
      says: 'TCP port of the servers; 0 stands for the usual one, 389, or 636 with a `tls` section and no `starttls`.',
      min: 0,
      max: 65_535,
      byDefault: 0,
    }),
    root_dn: text({
      says: 'DN that searches are made as.',
      allowed: 'a DN',
      byDefault: 'nobody: searches are anonymous',
    }),
    password: text({ says: 'Password of `root_dn`.', allowed: 'a non-empty text', secret: true }),
    sasl_external: flag({
      says: 'Searches are made as whom the directory takes `tls.certfile` for (SASL EXTERNAL), instead of `root_dn`.',
      byDefault: false,
    }),
    connect_interval: integer({
      says: 'How long a server that failed is tried only after all others.',
      min: 100,
      max: 600_000,
      byDefault: 10_000,
      unit: 'milliseconds',
    }),
    starttls: flag({
      says: 'TLS is asked for on the port for clear text (StartTLS); without it a `tls` section means LDAPS.',
      byDefault: false,
    }),
    tls: poolTlsSection.optional(),
  },
  { dated: { rootdn: { to: 'root_dn' } } },
)

/** `[outgoing_pools.ldap.TAG]`. */
export const ldapPoolSection = poolSection(
  {
    says: 'Connections to a directory, under the name that `pool_tag` or `bind_pool_tag` of `[auth.ldap]` has for them.',
    callTimeout: { says: 'Longest wait for one answer of the directory, connecting included.', min: 100 },
    strategy: 'whichever connection has least to do is used',
  },
  connectionSection.prefault({}),
)

type PoolValues = z.output<typeof ldapPoolSection>

/** One pool with its defaults. Faults are reported; what is returned then is in force nowhere. */
export function resolveLdapPool(values: PoolValues, place: Place): LdapPoolOptions {
  const at = place.at('connection')
  const { servers = ['localhost'], port, starttls, connect_interval: asideMs } = values.connection
  for (const [index, server] of servers.entries()) {
    if (!isHost(server)) at.at('servers', index).error('bad-value', 'must be a host name or address, without a port')
  }
  const tls = resolvePoolTls(values.connection.tls, at.at('tls'))
  if (starttls && tls === null) {
    at.at('starttls').error('missing', 'needs a `tls` section that says which certificates are believed')
  }
  const identity = resolveIdentity(values.connection, tls, at)
  const usualPort = tls === null || starttls ? clearPort : tlsPort
  return {
    workers: values.workers,
    callTimeoutMs: values.call_timeout,
    servers,
    port: port === 0 ? usualPort : port,
    identity,
    asideMs,
    tls: tls === null ? null : { ...tls, start: starttls ? 'starttls' : 'at-once' },
  }
}

function resolveIdentity(values: PoolValues['connection'], tls: PoolTlsOptions | null, at: Place): LdapIdentity {
  const { root_dn: dn = '', password = '', sasl_external: byCertificate, servers = ['localhost'] } = values
  if (byCertificate) {
    if (tls?.identity == null) at.at('sasl_external').error('missing', 'needs our own certificate: set `tls.certfile`')
    if (dn !== '') at.at('root_dn').error('conflict', 'has no meaning with `sasl_external = true`; keep one of them')
    return { kind: 'certificate' }
  }
  if (dn === '') {
    if (password !== '') at.at('password').error('conflict', 'is the password of nobody: set `root_dn` as well')
    return { kind: 'anonymous' }
  }
  // RFC 4513 §5.1.2: a name without a password is taken for nobody, and the server says that all is well.
  if (password === '')
    at.at('password').error('missing', 'is missing: without it the directory takes `root_dn` for nobody')
  if (tls === null && !servers.every(isThisMachine)) {
    at.at('password').warn('clear-text', 'goes over the network in clear text: add a `tls` section')
  }
  return { kind: 'simple', dn, password }
}

/** Whether what is said to a server stays on this machine. */
export function isThisMachine(server: string): boolean {
  return server === 'localhost' || server === '::1' || /^127(?:\.\d{1,3}){3}$/.test(server)
}
