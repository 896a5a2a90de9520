/** TLS towards the services that backends ask (`[outgoing_pools.….connection.tls]`), as MongooseIM names its options. */

import type { ConnectionOptions } from 'node:tls'
import type { z } from 'zod'
import { choice, choices, file, flag, section, text } from '../config/declare.ts'
import { readText } from '../config/files.ts'
import type { Place } from '../config/place.ts'

/** TLS of one pool, resolved; paths absolute. */
export interface PoolTlsOptions {
  /** Whether the service must show a certificate from a CA that is believed, for the name it is called by. */
  readonly verify: boolean
  /** PEM; null believes the CAs of the operating system's Node. */
  readonly cacertfile: string | null
  /** Our own certificate and key (PEM), where the service asks for them. */
  readonly identity: { readonly certfile: string; readonly keyfile: string; readonly password: string | null } | null
  readonly versions: readonly ('tlsv1.2' | 'tlsv1.3')[]
  /** The name asked for and checked instead of the host's; null for the host's. */
  readonly serverName: string | null
  /** Whether the service is asked for by a name at all (SNI); its certificate is checked for the name either way. */
  readonly sendsName: boolean
}

/** `[outgoing_pools.….connection.tls]`. */
export const poolTlsSection = section(
  'TLS to the service; the section being there turns it on, and there is no way back to clear text.',
  {
    verify_mode: choice(['peer', 'none'], {
      says: '`peer` wants a certificate of the service that is valid for its name; `none` believes anybody.',
      byDefault: 'peer',
      notYet: { selfsigned_peer: 'way to believe self-signed services; name their certificate in `cacertfile`' },
    }),
    cacertfile: file({
      says: 'CAs (PEM) that the service is believed by.',
      byDefault: "Node's own list of public CAs",
    }),
    certfile: file({ says: 'Our certificate (PEM) for the service; may hold the private key as well.' }),
    keyfile: file({ says: 'Private key of our certificate (PEM).', byDefault: 'the same file as `certfile`' }),
    password: text({ says: 'Password of an encrypted private key.', allowed: 'a text', secret: true }),
    versions: choices(['tlsv1.2', 'tlsv1.3'], {
      says: 'TLS versions that may be used.',
      byDefault: '["tlsv1.2", "tlsv1.3"]',
    }),
    server_name_indication: section('The name that the service is asked for by.', {
      enabled: flag({ says: 'Ask for the service by its name (SNI).', byDefault: true }),
      host: text({
        says: 'The name, where it is not the host’s own; the certificate of the service must be for it.',
        allowed: 'a host name, and no address',
        test: isHostName,
      }),
    }).optional(),
  },
  {
    meaningless: { required: 'TLS is always required where there is a `tls` section' },
    notYet: { ciphers: { feature: 'choice of ciphers for outgoing connections' } },
  },
)

/** `[outgoing_pools.….connection.tls]` with its defaults; null without the section. */
export function resolvePoolTls(
  values: z.output<typeof poolTlsSection> | undefined,
  place: Place,
): PoolTlsOptions | null {
  if (values === undefined) return null
  const { certfile, keyfile, password, cacertfile } = values
  const own = certfile === undefined ? null : place.at('certfile').file(certfile)
  if (own === null && keyfile !== undefined) {
    place.at('keyfile').error('conflict', 'is the key of no certificate: set `certfile` as well')
  }
  if (values.verify_mode === 'none') {
    place.at('verify_mode').warn('conflict', 'is "none": whoever answers in the place of the service is believed')
  }
  const { enabled: sendsName, host: serverName = null } = values.server_name_indication ?? { enabled: true }
  if (!sendsName && serverName !== null) {
    const message = 'has no effect with `enabled = false`: no name is sent; remove one of them'
    place.at('server_name_indication', 'host').error('conflict', message)
  }
  return {
    verify: values.verify_mode === 'peer',
    cacertfile: cacertfile === undefined ? null : place.at('cacertfile').file(cacertfile),
    identity:
      own === null
        ? null
        : {
            certfile: own,
            keyfile: keyfile === undefined ? own : place.at('keyfile').file(keyfile),
            password: password ?? null,
          },
    versions: values.versions ?? ['tlsv1.2', 'tlsv1.3'],
    serverName,
    sendsName,
  }
}

/** What `node:tls` makes of the options for a service at `host`; throws when a file cannot be read. */
export function connectOptions(tls: PoolTlsOptions, host: string): ConnectionOptions {
  const { identity, cacertfile, versions, verify, serverName, sendsName } = tls
  return {
    host,
    // RFC 6066 §3 has no SNI for addresses.
    ...(sendsName && !isAddress(serverName ?? host) ? { servername: serverName ?? host } : {}),
    rejectUnauthorized: verify,
    ...(cacertfile !== null && { ca: contentOf(cacertfile) }),
    ...(identity !== null && { cert: contentOf(identity.certfile), key: contentOf(identity.keyfile) }),
    ...(identity !== null && identity.password !== null && { passphrase: identity.password }),
    minVersion: versions.includes('tlsv1.2') ? 'TLSv1.2' : 'TLSv1.3',
    maxVersion: versions.includes('tlsv1.3') ? 'TLSv1.3' : 'TLSv1.2',
  }
}

function contentOf(path: string): string {
  const text = readText(path)
  if (!text.ok) throw new Error(`${path} ${text.error}`)
  return text.value
}

function isAddress(host: string): boolean {
  return /^[\d.]+$|:/.test(host)
}

function isHostName(value: string): boolean {
  return !isAddress(value) && /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(value)
}
