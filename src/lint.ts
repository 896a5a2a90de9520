/** Start-up checks: looks into the files that a configuration names, and at what its options mean together. */

import { type KeyObject, X509Certificate } from 'node:crypto'
import type { AuthOptions } from './auth/options.ts'
import type { PoolTlsOptions } from './auth/pool-tls.ts'
import type { TrustedNameOptions } from './auth/trusted-names-options.ts'
import { formatDn, type PeerCertificate, parseCertificate } from './certificate/facts.ts'
import { isReadableByOthers, readText } from './config/files.ts'
import type { Place } from './config/place.ts'
import type { ConfigSource } from './config/read.ts'
import { lintByBackend } from './lint-by-backend.ts'
import { lintHttp } from './lint-http.ts'
import { lintLdapOf } from './lint-ldap.ts'
import type { ListenerPlaces } from './listen-options.ts'
import type { C2sOptions } from './listener/c2s-options.ts'
import { isLoginHandler } from './listener/https/handler-options.ts'
import type { HttpOptions } from './listener/https/options.ts'
import type { ListenerOptions } from './listener/listener-options.ts'
import {
  type HandedIn,
  type LoadedOptions,
  type OptionsReading,
  type RefusedOptions,
  readOptions,
  type SignetOptions,
} from './options.ts'
import type { Result } from './result.ts'
import type { CertificatePolicy } from './sasl/certificate-policy.ts'
import { speaksFor } from './transport/server-names.ts'
import { dhFault, openKey, pairFault } from './transport/tls-files.ts'
import type { ClientTrustOptions, TlsIdentityFiles, TlsOptions } from './transport/tls-options.ts'
import { parsePem } from './trust/pem.ts'
import { countPublicRoots } from './trust/public-cas.ts'
import { readTrustStore } from './trust/trust-store.ts'

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
export function lintOptions({ options, root, places }: OptionsReading, now: number): void {
  if (options === null) return
  for (const listener of [...options.c2s, ...options.http]) {
    const { tls } = listener
    const place = places.get(listener)
    if (place === undefined) continue
    const { trust, at } = trustOf(listener, place)
    if (tls.identity !== null) lintTls(tls, namesShown(listener, options), place.at('tls'), now)
    if (tls.identity === null || trust !== tls) lintTrust(trust, at, now)
    const isAsked = tls.identity !== null || trust !== tls
    if (isAsked && takesLogins(listener)) lintPeer(trust, listener.certificatePolicy, options.auth, at)
  }
  lintPolicy(options, root, places)
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

function takesLogins(listener: C2sOptions | HttpOptions): boolean {
  return !('handlers' in listener) || listener.handlers.some(({ name }) => isLoginHandler(name))
}

function lintTls(tls: TlsOptions, names: readonly string[], place: Place, now: number): void {
  const certificate = lintIdentity(tls.identity, place, now)
  const bySni = new Map<string, PeerCertificate | null>()
  for (const [index, identity] of tls.sni.entries()) {
    bySni.set(identity.host, lintIdentity(identity, place.at('sni', index), now))
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

/** By what clients' certificates are judged on a listener, and which section says so. */
function trustOf(
  { tls, proxy }: ListenerOptions,
  place: Place,
): { readonly trust: ClientTrustOptions; readonly at: Place } {
  const forwarded = proxy?.certificate ?? null
  return forwarded === null
    ? { trust: tls, at: place.at('tls') }
    : { trust: forwarded, at: place.at('forwarded_certificate') }
}

function lintPeer(
  tls: ClientTrustOptions,
  certificatePolicy: CertificatePolicy,
  auth: AuthOptions,
  place: Place,
): void {
  if (tls.verifyMode === 'none' && certificatePolicy !== 'disable') {
    const message = 'is "none": no certificate is asked for on this port, so nobody can log in with one'
    place.at('verify_mode').warn('conflict', message)
  }
  if (tls.verifyMode === 'selfsigned_peer' && auth.methods.includes('pki')) {
    // RFC 6125 has no answer to a certificate that anybody can make; `pki` compares it with nothing.
    const message =
      'is "selfsigned_peer" and `auth.methods` has "pki": anyone can make a certificate with any name and log in as anyone; ' +
      'for development only'
    place.at('verify_mode').warn('anyone-as-anyone', message)
  }
}

function lintPolicy(options: SignetOptions, root: Place, places: ListenerPlaces): void {
  const { auth, c2s, http, hostConfig } = options
  const listeners: readonly ListenerOptions[] = [...c2s, ...http]
  lintRules(auth.saslExternal, auth, root.at('auth'))
  lintHttp(auth, root.at('auth'))
  for (const listener of listeners) {
    const { saslExternal, trustedNames } = listener
    const place = places.get(listener)
    if (place === undefined) continue
    if (saslExternal !== null) lintRules(saslExternal, auth, place)
    lintLdapOf(listener, options, place)
    const { trust, at } = trustOf(listener, place)
    lintTrustedNames(trust, trustedNames, auth, at)
  }
  for (const [index, host] of hostConfig.entries()) {
    const at = root.at('host_config', index, 'auth')
    if (host.auth === null) continue
    lintRules(host.auth.saslExternal, host.auth, at)
    lintHttp(host.auth, at)
    lintOwnRules(host.auth, [host.auth.saslExternal], at)
  }
  lintOwnRules(auth, [auth.saslExternal, ...listeners.map(({ saslExternal }) => saslExternal ?? [])], root.at('auth'))
}

function lintRules(rules: AuthOptions['saslExternal'], auth: AuthOptions, place: Place): void {
  lintByBackend(rules, auth, place)
  const last = rules.findIndex((rule) => rule === 'auth_id' || rule === 'by_backend')
  if (last < 0) return
  const behind = rules.slice(last + 1).map((rule) => (typeof rule === 'string' ? rule : rule.name))
  if (behind.length > 0) {
    const message = `"${rules[last]}" always has the last word, so that what comes behind it is never asked: ${behind.join(', ')}`
    place.at('sasl_external').warn('conflict', message)
  }
  // What a backend of the host program compares is that program's business.
  if (!auth.methods.includes('pki') || rules[last] !== 'auth_id') return
  const message =
    'rule "auth_id" trusts the client\'s word, and method "pki" of `auth.methods` does not compare the certificate: ' +
    'any certificate your CA issued can log in as anyone'
  place.at('sasl_external').warn('anyone-as-anyone', message)
}

/** Rules with a name that no list has. */
function lintOwnRules({ ownRules }: AuthOptions, lists: readonly AuthOptions['saslExternal'][], place: Place): void {
  const listed = new Set(lists.flat().map((rule) => (typeof rule === 'string' ? rule : rule.name)))
  for (const { name } of ownRules) {
    if (listed.has(name)) continue
    place.at('sasl_external_rules').warn('conflict', `"${name}" has no effect: no \`sasl_external\` lists it`)
  }
}

function lintTrustedNames(tls: ClientTrustOptions, own: TrustedNameOptions, auth: AuthOptions, place: Place): void {
  const subjects = own.subjects ?? auth.trustedNames.subjects
  if (tls.verifyMode !== 'selfsigned_peer' || subjects === null || subjects.allow === null) return
  const message =
    'is "selfsigned_peer": anyone can write any subject into a certificate, so `trusted_subjects.allow` keeps nobody out'
  place.at('verify_mode').warn('conflict', message)
}

/** Checks certificate and key; null when there is no certificate to go on with. */
function lintIdentity(
  files: TlsIdentityFiles,
  place: Place,
  now: number,
  what = 'the server certificate',
): PeerCertificate | null {
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

const dayMs = 24 * 60 * 60 * 1000

/** How long before its end a certificate is worth a warning. */
const soonMs = 30 * dayMs

function lintDates(certificate: PeerCertificate, what: string, at: Place, now: number): void {
  const { notBefore, notAfter } = certificate
  const day = (time: number): string => new Date(time).toISOString().slice(0, 10)
  // A warning only: clients that pin a certificate may take it all the same, and a stopped server helps nobody.
  if (notAfter < now) at.warn('certificate-expired', `${what} expired on ${day(notAfter)}; renew it`)
  else if (notBefore > now)
    at.warn('certificate-expired', `${what} is not valid before ${day(notBefore)}; check the clock`)
  else if (notAfter - now < soonMs) {
    const days = Math.floor((notAfter - now) / dayMs)
    at.warn('certificate-expires-soon', `${what} expires in ${days} days, on ${day(notAfter)}; renew it`)
  }
}

/** From so many public roots on a file is a bundle of them. */
const publicBundleSize = 3

function lintTrust({ cacertfile, verifyMode }: ClientTrustOptions, place: Place, now: number): void {
  if (cacertfile === null || verifyMode === 'none') return
  const at = place.at('cacertfile')
  const authorities = readAuthorities(cacertfile, at, now)
  const known = countPublicRoots(authorities.map(({ der }) => der))
  if (known >= publicBundleSize) {
    const message = `holds ${known} public CAs: each of them could issue a certificate that names your users; list your own CA only`
    at.warn('trust-public', message)
  }
}

/** The CAs of a file; none, with the reason reported, when it cannot be used. */
function readAuthorities(cacertfile: string, at: Place, now: number): readonly PeerCertificate[] {
  const text = readText(cacertfile)
  if (!text.ok) {
    at.error('trust-unusable', `the file ${text.error}`)
    return []
  }
  const store = readTrustStore(text.value, cacertfile)
  if (!store.ok) {
    at.error('trust-unusable', store.error.map((fault) => `line ${fault.line}: ${fault.text}`).join('; '))
    return []
  }
  const authorities = store.value.certificates.map(({ certificate }) => certificate)
  for (const authority of authorities) lintDates(authority, `the CA ${formatDn(authority.subject)}`, at, now)
  return authorities
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
