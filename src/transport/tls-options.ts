/** Options of TLS on a listener (`tls.*`), as MongooseIM names them. */

import { createSecureContext } from 'node:tls'
import type { z } from 'zod'
import { choice, choices, file, flag, integer, section, sections, text } from '../config/declare.ts'
import type { Place } from '../config/place.ts'
import { prepareDomain } from '../jid/jid.ts'

/** When TLS begins: with the first byte, or by STARTTLS (RFC 6120 §5), offered or demanded. */
export type TlsMode = 'tls' | 'starttls' | 'starttls_required'

/** Protocol versions that can be allowed. */
export type TlsVersion = 'tlsv1.2' | 'tlsv1.3'

/** The files one server identity is read from; absolute paths. */
export interface TlsIdentityFiles {
  /** PEM: the server's certificate first, then its intermediates. */
  readonly certfile: string
  /** PEM: the private key; the same file as `certfile` when one file holds both. */
  readonly keyfile: string
  /** Opens an encrypted key; null when there is none. Never logged. */
  readonly password: string | null
}

/** An identity shown only to clients that ask for `host` by SNI (RFC 6066 §3). */
export interface SniIdentity extends TlsIdentityFiles {
  /** Prepared domain. */
  readonly host: string
}

/** What a listener asks of the certificates of clients, wherever it gets them from. */
export interface ClientTrustOptions {
  readonly verifyMode: 'none' | 'peer' | 'selfsigned_peer'
  /** True: a missing or refused client certificate ends the connection; false: it only withholds EXTERNAL. */
  readonly disconnectOnFailure: boolean
  /** PEM: the CAs whose client certificates are believed. Null only where none is needed. */
  readonly cacertfile: string | null
}

/** TLS of one listener, resolved. */
export interface TlsOptions extends ClientTrustOptions {
  readonly mode: TlsMode
  readonly identity: TlsIdentityFiles
  readonly sni: readonly SniIdentity[]
  readonly dhfile: string | null
  /** OpenSSL cipher list; null means Node's default. */
  readonly ciphers: string | null
  readonly versions: readonly TlsVersion[]
  /** Appends TLS secrets to the file named by the environment variable SSLKEYLOGFILE. */
  readonly keepSecrets: boolean
  readonly handshakeTimeoutMs: number
}

const identityOptions = {
  certfile: file({
    says: 'Server certificate (PEM), followed by its intermediates; may hold the private key as well.',
  }),
  keyfile: file({ says: 'Private key of the certificate (PEM).', byDefault: 'the same file as `certfile`' }),
  password: text({ says: 'Password of an encrypted private key.', allowed: 'a text', secret: true }),
}

const sniSection = section('A certificate of its own for clients that ask for one host by SNI.', {
  host: text({
    says: 'The domain that clients ask for.',
    allowed: 'a domain name',
    test: (value) => prepareDomain(value).ok,
  }).unwrap(),
  ...identityOptions,
})

const tlsShape = {
  verify_mode: choice(['peer', 'selfsigned_peer', 'none'], {
    says:
      '`peer` asks clients for a certificate from a CA of `cacertfile`; `selfsigned_peer` takes self-signed ones too ' +
      '(development only); `none` asks for none.',
    byDefault: 'peer',
  }),
  disconnect_on_failure: flag({
    says: 'End the connection when the certificate is missing or bad; `false` only withholds SASL EXTERNAL.',
    byDefault: true,
  }),
  ...identityOptions,
  sni: sections(sniSection),
  cacertfile: file({ says: 'CAs (PEM) whose client certificates are believed; needed with `verify_mode = "peer"`.' }),
  dhfile: file({ says: 'Diffie-Hellman parameters (PEM) for TLS 1.2; without it only elliptic-curve exchange.' }),
  ciphers: text({
    says: 'Cipher suites as an OpenSSL list, parts separated by colons.',
    allowed: 'an OpenSSL cipher list in which every part names a cipher',
    byDefault: "Node's own list",
    test: isCipherList,
  }),
  versions: choices(['tlsv1.2', 'tlsv1.3'], {
    says: 'TLS versions that may be used; older ones have been removed.',
    byDefault: '["tlsv1.2", "tlsv1.3"]',
    // RFC 8996, RFC 7568.
    notYet: {
      'tlsv1.1': 'TLS 1.1, which has been removed everywhere',
      tlsv1: 'TLS 1.0, which has been removed everywhere',
      'tlsv1.0': 'TLS 1.0, which has been removed everywhere',
      sslv3: 'SSL 3, which has been removed everywhere',
    },
  }),
  keep_secrets: flag({
    says: 'Append the secrets of each connection to the file named by the environment variable SSLKEYLOGFILE; debugging only.',
    byDefault: false,
  }),
  handshake_timeout: integer({
    says: 'Limit of the handshake.',
    min: 100,
    max: 120_000,
    byDefault: 10_000,
    unit: 'milliseconds',
  }),
}

const tlsNotes = {
  dated: { verify_peer: { to: 'verify_mode', convert: verifyModeOf, also: besidesVerifyPeer } },
  notYet: {
    crl_files: { feature: 'certificate revocation lists' },
    session_tickets: { feature: 'TLS session tickets' },
    early_data: { feature: 'TLS early data (0-RTT)', unless: false },
  },
  removed: {
    module: 'MongooseIM 6.4.0 removed its choice of TLS modules, and Signet has only one; remove it',
    protocol_options: 'MongooseIM 6.4.0 removed it; say which TLS versions are allowed with `versions`',
    server_name_indication: 'it is for connections that go out; certificates for several hosts are listed in `tls.sni`',
  },
} as const

const tlsSays = 'TLS of one listener: its certificate, and what it asks of the certificates of clients.'

/** `[listen.c2s.tls]`. */
export const tlsSection = section(
  tlsSays,
  {
    mode: choice(['tls', 'starttls', 'starttls_required'], {
      says: '`tls` begins with the first byte (XEP-0368); `starttls` offers and `starttls_required` demands the upgrade.',
      byDefault: 'starttls',
    }),
    ...tlsShape,
  },
  tlsNotes,
)

/** `[listen.http.tls]`. */
export const httpTlsSection = section(tlsSays, tlsShape, {
  ...tlsNotes,
  removed: { ...tlsNotes.removed, mode: 'HTTPS has TLS from the first byte and no other mode; remove it' },
})

type TlsValues = z.output<typeof httpTlsSection>
type IdentityValues = Pick<TlsValues, 'certfile' | 'keyfile' | 'password'>

/** `[listen.….tls]` with its defaults; null, with the reason reported, when there is no identity to show. */
export function resolveTls(values: TlsValues & { readonly mode: TlsMode }, place: Place): TlsOptions | null {
  const identity = resolveIdentity(values, place)
  const sni = resolveSni(values.sni ?? [], place.at('sni'))
  checkTrust(values, place)
  const pathOf = (key: 'cacertfile' | 'dhfile'): string | null => {
    const name = values[key]
    return name === undefined ? null : place.at(key).file(name)
  }
  const cacertfile = pathOf('cacertfile')
  const dhfile = pathOf('dhfile')
  if (identity === null) return null
  return {
    mode: values.mode,
    verifyMode: values.verify_mode,
    disconnectOnFailure: values.disconnect_on_failure,
    identity,
    sni,
    cacertfile,
    dhfile,
    ciphers: values.ciphers ?? null,
    versions: values.versions ?? ['tlsv1.2', 'tlsv1.3'],
    keepSecrets: values.keep_secrets,
    handshakeTimeoutMs: values.handshake_timeout,
  }
}

function resolveIdentity(values: IdentityValues, place: Place): TlsIdentityFiles | null {
  if (values.certfile === undefined) {
    place.at('certfile').error('missing', missingCertificate)
    return null
  }
  const certfile = place.at('certfile').file(values.certfile)
  const keyfile = values.keyfile === undefined ? certfile : place.at('keyfile').file(values.keyfile)
  return { certfile, keyfile, password: values.password ?? null }
}

const missingCertificate =
  'the server has no certificate: set `tls.certfile` to its PEM file and `tls.keyfile` to the private key ' +
  '(one file may hold both). For development, `signet demo` makes a CA, a certificate for localhost and ' +
  'certificates for two users'

function resolveSni(list: readonly z.output<typeof sniSection>[], place: Place): SniIdentity[] {
  const result: SniIdentity[] = []
  for (const [index, values] of list.entries()) {
    const identity = resolveIdentity(values, place.at(index))
    const host = prepareDomain(values.host)
    if (identity === null || !host.ok) continue
    if (result.some((other) => other.host === host.value)) {
      place.at(index, 'host').error('duplicate', `has a certificate already; keep one entry for ${host.value}`)
    }
    result.push({ host: host.value, ...identity })
  }
  return result
}

function checkTrust(values: TlsValues, place: Place): void {
  if (place.at('verify_mode').isSpoiled) return
  if (values.verify_mode === 'peer' && values.cacertfile === undefined) {
    place
      .at('cacertfile')
      .error(
        'missing',
        'name the file (PEM) of the CA that issues your client certificates: Signet does not believe the public CAs ' +
          'of the operating system, as MongooseIM does since 6.4.0, because any of them could then name your users',
      )
  }
  if (values.verify_mode === 'none' && values.cacertfile !== undefined) {
    place
      .at('cacertfile')
      .warn('conflict', 'has no effect with `verify_mode = "none"`: clients are not asked for a certificate')
  }
}

function verifyModeOf(verifyPeer: unknown): unknown {
  if (typeof verifyPeer !== 'boolean') return verifyPeer
  return verifyPeer ? 'peer' : 'none'
}

/** In the days of `verify_peer` a certificate never ended a handshake: who had none could use a password. */
function besidesVerifyPeer(verifyPeer: unknown): Readonly<Record<string, boolean>> {
  return verifyPeer === true ? { disconnect_on_failure: false } : {}
}

const ownCommand = /^@(?:STRENGTH|SECLEVEL=[1-5])$/

/** Whether OpenSSL knows every part: as a whole list it passes over a misspelt part without a word. */
function isCipherList(list: string): boolean {
  return list.split(/[:, ]/).every((part) => ownCommand.test(part) || isCipher(part.replace(/^[!+-]/, '')))
}

function isCipher(name: string): boolean {
  if (name === '') return false
  try {
    createSecureContext({ ciphers: name, ca: [] })
    return true
  } catch {
    return false
  }
}
