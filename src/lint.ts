/** Start-up checks: looks into the files that a configuration names, and at what its options mean together. */

import { type KeyObject, X509Certificate } from 'node:crypto'
import type { PoolTlsOptions } from './auth/pool-tls.ts'
import { type PeerCertificate, parseCertificate } from './certificate/facts.ts'
import { isReadableByOthers, readText } from './config/files.ts'
import type { Place } from './config/place.ts'
import type { ConfigSource } from './config/read.ts'
import { trustOf } from './lint-case.ts'
import { lintHttpSecret } from './lint-http.ts'
import { lintLogins } from './lint-logins.ts'
import { lintAuthorities, lintDates, lintIssuers, lintPurpose, readAuthorities } from './lint-tls.ts'
import type { C2sOptions } from './listener/c2s-options.ts'
import type { HttpOptions } from './listener/https/options.ts'
import {
  type HandedIn,
  type LoadedOptions,
  type OptionsReading,
  type RefusedOptions,
  readOptions,
  type SignetOptions,
} from './options.ts'
import type { Result } from './result.ts'
import { speaksFor } from './transport/server-names.ts'
import { dhFault, openKey, pairFault } from './transport/tls-files.ts'
import type { ClientTrustOptions, TlsIdentityFiles, TlsOptions } from './transport/tls-options.ts'
import { parsePem } from './trust/pem.ts'
import { countPublicRoots } from './trust/public-cas.ts'

/**
 * Reads a configuration file and checks everything that can be checked without starting: what `loadOptions` finds,
 * the contents of certificates, keys and CA files, and combinations that are not safe. `now` in ms since the epoch.
 */
export function loadCheckedOptions(
  source: ConfigSource,
  now: number,
  handedIn?: HandedIn,
): Result<LoadedOptions, RefusedOptions> {
  const reading = readOptions(source, handedIn)
  lintOptions(reading, now)
  return reading.outcome()
}

/** Adds the findings of the start-up checks to a reading. */
export function lintOptions(reading: OptionsReading, now: number): void {
  const { options, root, places, hostPlaces } = reading
  if (options === null) return
  for (const listener of [...options.c2s, ...options.http]) {
    const { tls } = listener
    const place = places.get(listener)
    if (place === undefined) continue
    const { trust, at } = trustOf(listener, place)
    if (tls.identity !== null) lintTls(tls, namesShown(listener, options), place.at('tls'), now)
    if (tls.identity === null || trust !== tls) lintTrust(trust, at, now)
  }
  lintLogins(reading, options)
  lintHttpSecret(options.auth, root.at('auth'))
  for (const [{ auth }, place] of hostPlaces) if (auth !== null) lintHttpSecret(auth, place.at('auth'))
  const { http, ldap } = options.pools
  for (const [tag, { tls }] of ldap ?? []) {
    if (tls !== null) lintPoolTls(tls, root.at('outgoing_pools', 'ldap', tag, 'connection', 'tls'), now)
  }
  if (http?.tls != null) lintPoolTls(http.tls, root.at('outgoing_pools', 'http', 'auth', 'connection', 'tls'), now)
}

/** Certificate, key and CAs for a service that backends ask. */
function lintPoolTls({ identity, cacertfile }: PoolTlsOptions, place: Place, now: number): void {
  if (identity !== null) lintIdentity(identity, place, now, 'our certificate')
  if (cacertfile !== null) readAuthorities(cacertfile, place.at('cacertfile'), now)
}

/** Names that clients compare a listener's certificate with: their domain, or over HTTP the host of the URL (RFC 9110 §4.3.4). */
function namesShown(listener: C2sOptions | HttpOptions, { general }: SignetOptions): readonly string[] {
  if (!('handlers' in listener)) return general.hosts
  return [...new Set(listener.handlers.flatMap(({ place }) => place.host ?? []))]
}

function lintTls(tls: TlsOptions, names: readonly string[], place: Place, now: number): void {
  const certificate = lintShown(tls.identity, place, now)
  const bySni = new Map<string, PeerCertificate | null>()
  for (const [index, identity] of tls.sni.entries()) {
    bySni.set(identity.host, lintShown(identity, place.at('sni', index), now))
  }
  for (const host of names) {
    const shown = bySni.has(host) ? bySni.get(host) : certificate
    if (shown === null || shown === undefined || speaksFor(shown, host)) continue
    const index = tls.sni.findIndex((identity) => identity.host === host)
    const at = index < 0 ? place.at('certfile') : place.at('sni', index, 'certfile')
    const message = `the certificate does not speak for ${host}, so clients of that name will not believe it; it has ${namesOf(shown)}`
    at.warn('certificate-host-mismatch', message)
  }
  lintTrust(tls, place, now)
  lintDoor(tls, place)
}

function lintDoor(tls: TlsOptions, place: Place): void {
  if (tls.dhfile !== null) {
    const text = readText(tls.dhfile)
    const fault = text.ok ? dhFault(text.value) : `the file ${text.error}`
    if (fault !== null) place.at('dhfile').error('bad-value', fault)
  }
  if (tls.keepSecrets) {
    const message = 'whoever gets the file of SSLKEYLOGFILE can read every connection; for debugging only'
    place.at('keep_secrets').warn('secrets-kept', message)
  }
}

/** Checks what clients are shown, like `lintIdentity`. */
function lintShown(files: TlsIdentityFiles, place: Place, now: number): PeerCertificate | null {
  const leaf = lintIdentity(files, place, now, 'the server certificate')
  if (leaf !== null) lintPurpose(leaf, place.at('certfile'))
  return leaf
}

/** Checks certificate and key; null when there is no certificate to go on with. */
function lintIdentity(files: TlsIdentityFiles, place: Place, now: number, what: string): PeerCertificate | null {
  const certfile = place.at('certfile')
  const text = readText(files.certfile)
  if (!text.ok) {
    certfile.error('certificate-unusable', `the file ${text.error}`)
    return null
  }
  const chain = certificatesOf(text.value)
  if (typeof chain === 'string') {
    certfile.error('certificate-unusable', chain)
    return null
  }
  const [leaf] = chain
  if (leaf === undefined) return null
  lintDates(leaf, what, certfile, now)
  lintIssuers(chain, certfile, now)
  lintKey(files, { leaf, pem: text.value }, place)
  return leaf
}

/** A certificate file: its first certificate, and the whole text. */
interface CertificateFile {
  readonly leaf: PeerCertificate
  readonly pem: string
}

function lintKey(files: TlsIdentityFiles, certificate: CertificateFile, place: Place): void {
  const isOwnFile = files.keyfile !== files.certfile
  const at = place.at(isOwnFile ? 'keyfile' : 'certfile')
  const text = readText(files.keyfile)
  if (!text.ok) {
    at.error('key-unusable', `the file ${text.error}`)
    return
  }
  const key = openKey(text.value, files.password)
  if (key.ok) lintPair(certificate, key.value, at)
  else
    at.error(
      'key-unusable',
      isOwnFile ? key.error : `${key.error}; name the file of the key in \`keyfile\` if it is another`,
    )
  if (text.value.includes('PRIVATE KEY-----') && isReadableByOthers(files.keyfile)) {
    at.warn('key-exposed', 'every user of this machine can read the private key; take that away with `chmod o-r`')
  }
}

function lintPair({ leaf, pem }: CertificateFile, key: KeyObject, at: Place): void {
  if (!new X509Certificate(leaf.der).checkPrivateKey(key)) {
    const message = 'the private key does not belong to the certificate; the certificate must be the first in its file'
    at.error('key-mismatch', message)
    return
  }
  const fault = pairFault(pem, key)
  if (fault !== null) at.error('certificate-unusable', fault)
}

/** From so many public roots on a file is a bundle of them. */
const publicBundleSize = 3

function lintTrust({ cacertfile, verifyMode }: ClientTrustOptions, place: Place, now: number): void {
  if (cacertfile === null || verifyMode === 'none') return
  const at = place.at('cacertfile')
  const store = readAuthorities(cacertfile, at, now)
  if (store === null) return
  const known = countPublicRoots(store.certificates.map(({ certificate }) => certificate.der))
  if (known >= publicBundleSize) {
    const message = `holds ${known} public CAs: each of them could issue a certificate that names your users; list your own CA only`
    at.warn('trust-public', message)
  }
  lintAuthorities(store, verifyMode, at, now)
}

/** Every certificate of a PEM text, at least one, or what is wrong with it. */
function certificatesOf(text: string): readonly PeerCertificate[] | string {
  const blocks = parsePem(text)
  if (!blocks.ok)
    return `is not sound PEM: ${blocks.error.map((fault) => `line ${fault.line}: ${fault.text}`).join('; ')}`
  const result: PeerCertificate[] = []
  for (const { label, der, line } of blocks.value) {
    if (label !== 'CERTIFICATE') continue
    const certificate = parseCertificate(der)
    if (!certificate.ok) return `the certificate in line ${line} cannot be read: ${certificate.error.why}`
    result.push(certificate.value)
  }
  return result.length > 0 ? result : 'holds no certificate (PEM, BEGIN CERTIFICATE)'
}

const maxNamesShown = 5

function namesOf({ names }: PeerCertificate): string {
  const all = [...names.dns, ...names.srvName, ...names.ip.map(({ text }) => text)]
  if (all.length === 0) return 'no host name (subjectAltName)'
  return all.length > maxNamesShown ? `${all.slice(0, maxNamesShown).join(', ')} …` : all.join(', ')
}
