/** A listener in a few lines, for `signet check`. */

import type { AuthOptions } from '../auth/options.ts'
import type { TrustedNameOptions } from '../auth/trusted-names-options.ts'
import type { C2sOptions } from '../listener/c2s-options.ts'
import type { HandlerOptions } from '../listener/https/handler-options.ts'
import type { HttpOptions } from '../listener/https/options.ts'
import { clientTrustOf } from '../listener/listener-options.ts'
import type { ProxyOptions } from '../listener/proxy/options.ts'
import type { AddressRange } from '../listener/proxy/trusted-addresses.ts'
import type { CertificatePolicy } from '../sasl/certificate-policy.ts'
import type { ClientTrustOptions, TlsMode } from '../transport/tls-options.ts'

/** One line: what it is about, empty when it goes on from the line above, and what there is to say. */
export type SummaryRow = readonly [title: string, text: string]

/** A port for XMPP over TCP; `shown` is how names of files are printed. */
export function c2sRows(c2s: C2sOptions, shown: (path: string) => string): SummaryRow[] {
  const { name, tls } = c2s
  const door = tls.identity === null ? 'TLS ends at the proxy' : `${modeTexts[tls.mode]}, ${versionsOf(tls.versions)}`
  return [['listen', `${name}, ${door}`], ...commonRows(c2s, shown)]
}

/** A port for HTTP, with what answers there. */
export function httpRows(http: HttpOptions, shown: (path: string) => string): SummaryRow[] {
  const { name, tls, proxy, handlers } = http
  const clear = proxy === null ? 'HTTP in clear, for this machine only' : 'HTTP, TLS ends at the proxy'
  const door = tls.identity === null ? clear : `HTTPS, ${versionsOf(tls.versions)}`
  return [['listen', `${name}, ${door}`], ...handlers.map(handlerRow), ...commonRows(http, shown)]
}

function handlerRow({ name, place }: HandlerOptions): SummaryRow {
  return ['', `${place.host ?? 'any host'} ${place.path}  ${name}`]
}

function commonRows(listener: C2sOptions | HttpOptions, shown: (path: string) => string): SummaryRow[] {
  const { tls, proxy, allowedAuthMethods: allowed, saslExternal, trustedNames } = listener
  const rows: SummaryRow[] = []
  if (tls.identity !== null) {
    rows.push(['', `certificate ${shown(tls.identity.certfile)}`])
    rows.push(...tls.sni.map((entry): SummaryRow => ['', `certificate ${shown(entry.certfile)} for ${entry.host}`]))
  }
  if (proxy !== null) rows.push(['', proxyText(proxy)])
  rows.push(['', trustText(clientTrustOf(listener), listener.certificatePolicy, shown)])
  if (allowed !== null) rows.push(['', `backends allowed here: ${allowed.join(', ')}`])
  if (saslExternal !== null) rows.push(['', `identity rules here: ${rulesText(saslExternal)}`])
  const names = namesText(trustedNames)
  if (names !== null) rows.push(['', names])
  return rows
}

const modeTexts: Readonly<Record<TlsMode, string>> = {
  tls: 'direct TLS',
  starttls: 'STARTTLS offered',
  starttls_required: 'STARTTLS required',
}

function proxyText({ trusted, protocol, certificate }: ProxyOptions): string {
  const from = trusted.map(rangeText).join(', ')
  if (protocol) return `behind proxies at ${from}; nobody else can connect`
  const what = certificate === null ? 'the address of their clients' : 'the address and certificate of their clients'
  return `believes proxies at ${from} what they say of ${what}`
}

function rangeText({ address, bits }: AddressRange): string {
  return bits === (address.includes(':') ? 128 : 32) ? address : `${address}/${bits}`
}

/** Identity rules in their order. */
export function rulesText(rules: AuthOptions['saslExternal']): string {
  return rules.map((rule) => (typeof rule === 'string' ? rule : rule.name)).join(', then ')
}

function namesText({ subjects, issuers }: TrustedNameOptions): string | null {
  const lists = [subjects === null ? [] : 'trusted_subjects', issuers === null ? [] : 'trusted_issuers'].flat()
  return lists.length === 0 ? null : `names of certificates: ${lists.join(' and ')}`
}

/** What becomes of a client without a good certificate. */
function otherwiseText(policy: CertificatePolicy, disconnectOnFailure: boolean): string {
  switch (policy) {
    case 'enable':
      return 'with a bad one a client is disconnected, with none it has the other mechanisms'
    case 'mandatory':
      return 'anyone else is disconnected'
    case 'disable':
    case 'optional':
      return disconnectOnFailure ? 'anyone else is disconnected' : 'anyone else is not offered EXTERNAL'
  }
}

function trustText(
  { verifyMode, cacertfile: ca, disconnectOnFailure }: ClientTrustOptions,
  policy: CertificatePolicy,
  shown: (path: string) => string,
): string {
  if (policy === 'disable') return 'clients are not asked for a certificate'
  const cacertfile = ca === null ? null : shown(ca)
  const otherwise = otherwiseText(policy, disconnectOnFailure)
  switch (verifyMode) {
    case 'none':
      return 'clients are not asked for a certificate'
    case 'peer':
      return `trusts clients with a certificate from ${cacertfile ?? 'nobody'}; ${otherwise}`
    case 'selfsigned_peer':
      return `trusts any self-signed certificate${cacertfile === null ? '' : ` and those from ${cacertfile}`}; ${otherwise}`
  }
}

function versionsOf(versions: readonly string[]): string {
  return versions.map((version) => version.replace('tlsv', 'TLS ')).join(' and ')
}
