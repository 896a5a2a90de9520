/** Options of listeners behind proxies: who is one, and in which words proxies report their clients. */

import type { z } from 'zod'
import { choice, file, flag, optionalChoice, section, text, texts } from '../../config/declare.ts'
import type { Place } from '../../config/place.ts'
import type { CertificatePolicy } from '../../sasl/certificate-policy.ts'
import type { ClientTrustOptions } from '../../transport/tls-options.ts'
import type { AddressField } from './forwarding.ts'
import { type DialectFields, type HeaderDialect, headerDialects, usualFields } from './header-dialects.ts'
import { type AddressRange, parseRange } from './trusted-addresses.ts'

/** How clients' certificates arrive from a proxy that has ended TLS. */
export interface ForwardedCertificateOptions extends ClientTrustOptions {
  /** A dialect of headers with its fields, or the fields of the PROXY protocol itself. */
  readonly dialect:
    | { readonly kind: 'headers'; readonly name: HeaderDialect; readonly fields: DialectFields }
    | { readonly kind: 'proxy-v2' }
}

/** A listener behind proxies, resolved. */
export interface ProxyOptions {
  /** At least one. */
  readonly trusted: readonly AddressRange[]
  /** Whether every connection begins with a PROXY header. */
  readonly protocol: boolean
  /** Where headers tell the client's address; null where the PROXY protocol does, or there are no headers. */
  readonly addressField: AddressField | null
  /** Null where TLS ends here, or nobody shows certificates. */
  readonly certificate: ForwardedCertificateOptions | null
}

/** Wider ranges than these are warned of: they are seldom all proxies. */
const widestBits = { ipv4: 8, ipv6: 16 } as const

/** RFC 9110 §5.6.2. */
const fieldName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

const fieldOption = (says: string, byDefault: string) =>
  text({ says, allowed: 'the name of a header', byDefault, test: (value) => fieldName.test(value) })

const forwardedCertificateSection = section(
  'Clients whose TLS ends at a proxy: how their certificates arrive. They are validated here again.',
  {
    dialect: optionalChoice([...headerDialects, 'proxy_v2'], {
      says:
        'In which words: headers as RFC 9440, nginx, HAProxy, Envoy, Traefik or Apache write them, `plain` for PEM or base64 ' +
        'in a header of any name, `proxy_v2` for the PROXY protocol itself.',
      byDefault: 'none; it must be given',
    }),
    header: fieldOption('The header that holds the certificate.', "the dialect's own; `plain` has none"),
    chain_header: fieldOption("The header that holds the client's further certificates.", "the dialect's own"),
    verify_header: fieldOption("The header with the proxy's own verdict.", "the dialect's own; `plain` has none"),
    cacertfile: file({
      says: 'CAs (PEM) whose client certificates are believed; needed with `verify_mode = "peer"`.',
      byDefault: 'that of `tls`',
    }),
    verify_mode: choice(['peer', 'selfsigned_peer'], {
      says: '`peer` takes certificates from a CA of `cacertfile`; `selfsigned_peer` takes self-signed ones too (development only).',
      byDefault: 'peer',
    }),
    disconnect_on_failure: flag({
      says: 'Refuse clients whose certificate is missing or bad; `false` only withholds SASL EXTERNAL.',
      byDefault: true,
    }),
  },
)

const trustedProxiesOption = texts({
  says: 'Addresses of proxies whose word is taken for who their clients are. Whoever connects from one of them can be anyone.',
  allowed: 'a list of IP addresses and ranges (`10.0.0.0/24`), each once',
  each: 'an IP address, or a range of them (`10.0.0.0/24`)',
  byDefault: 'none',
})

/** What every listener has. */
export const proxyShape = {
  proxy_protocol: flag({
    says: 'Connections begin with a PROXY header (version 1 or 2), before any TLS; only `trusted_proxies` can connect then.',
    byDefault: false,
  }),
  trusted_proxies: trustedProxiesOption,
  forwarded_certificate: forwardedCertificateSection.optional(),
}

/** What listeners for HTTP have besides. */
export const forwardedAddressOption = optionalChoice(['x-forwarded-for', 'forwarded'], {
  says: "The header in which trusted proxies tell their client's address; `forwarded` (RFC 7239) tells the scheme as well, beside the other stands X-Forwarded-Proto.",
  byDefault: '"x-forwarded-for"',
})

const proxySection = section('What listeners have.', { ...proxyShape, forwarded_address: forwardedAddressOption })

type CertificateValues = z.output<typeof forwardedCertificateSection>

/** Values of a listener that matter here. Listeners without headers have no `forwarded_address`. */
export type ProxyValues = Omit<z.output<typeof proxySection>, 'forwarded_address'> & {
  readonly forwarded_address?: AddressField | undefined
  readonly certificate_policy: CertificatePolicy
  readonly tls?: { readonly cacertfile?: string | undefined } | undefined
}

/** Null without any proxies; contradictions are reported at every line that takes part in them. */
export function resolveProxy(kind: 'c2s' | 'http', values: ProxyValues, place: Place): ProxyOptions | null {
  const { proxy_protocol: protocol, trusted_proxies: proxies, forwarded_certificate: certificate } = values
  const trusted = resolveTrusted(proxies ?? [], place.at('trusted_proxies'))
  checkTogether(kind, values, place)
  if (proxies === undefined) return null
  return {
    trusted,
    protocol,
    addressField: kind === 'c2s' || protocol ? null : (values.forwarded_address ?? 'x-forwarded-for'),
    certificate: certificate === undefined ? null : resolveCertificate(certificate, values, place),
  }
}

/** What forwarded certificates are judged by, without how they arrive. */
export function trustOf({ verifyMode, disconnectOnFailure, cacertfile }: ClientTrustOptions): ClientTrustOptions {
  return { verifyMode, disconnectOnFailure, cacertfile }
}

function resolveTrusted(texts: readonly string[], place: Place): AddressRange[] {
  const ranges: AddressRange[] = []
  for (const [index, text] of texts.entries()) {
    const range = parseRange(text)
    const at = place.at(index)
    if (!range.ok) {
      const { why, meant } = range.error
      at.error('bad-value', `${JSON.stringify(text)} ${why}`, ...(meant === null ? [] : [JSON.stringify(meant)]))
      continue
    }
    const { address, bits } = range.value
    if (bits === 0) {
      at.error(
        'conflict',
        'trusts every address there is: whoever can connect could then log in as anyone; list your proxies',
      )
    } else if (bits < widestBits[address.includes(':') ? 'ipv6' : 'ipv4']) {
      at.warn('anyone-as-anyone', `${text} is very wide: whoever connects from any of these addresses can be anyone`)
    }
    ranges.push(range.value)
  }
  return ranges
}

function checkTogether(kind: 'c2s' | 'http', values: ProxyValues, place: Place): void {
  const { proxy_protocol: protocol, trusted_proxies: trusted, forwarded_certificate: certificate } = values
  const unheard =
    'and no `trusted_proxies` says from which addresses that is believed; list the addresses of your proxies'
  // A list that cannot be read has been reported as that.
  const isMissing = trusted === undefined && !place.at('trusted_proxies').isSpoiled
  if (protocol && isMissing) place.at('proxy_protocol').error('conflict', `is true, ${unheard}`)
  if (certificate !== undefined && isMissing) {
    place.at('forwarded_certificate').error('conflict', `takes the word of proxies, ${unheard}`)
  }
  if (kind === 'c2s' && !protocol && trusted !== undefined) {
    place.at('trusted_proxies').error('conflict', 'has no effect without `proxy_protocol = true`')
  }
  if (values.forwarded_address !== undefined && (protocol || isMissing)) {
    const why = protocol ? 'beside `proxy_protocol`, which tells the address itself' : 'without `trusted_proxies`'
    place.at('forwarded_address').error('conflict', `has no effect ${why}`)
  }
  if (certificate?.dialect !== undefined) checkDialect(kind, certificate.dialect, values, place)
}

function checkDialect(
  kind: 'c2s' | 'http',
  dialect: NonNullable<CertificateValues['dialect']>,
  { proxy_protocol: protocol, tls }: ProxyValues,
  place: Place,
): void {
  const at = place.at('forwarded_certificate', 'dialect')
  const word = `\`forwarded_certificate.dialect = ${JSON.stringify(dialect)}\``
  if (dialect !== 'proxy_v2') {
    if (kind === 'c2s')
      at.error('conflict', `is ${JSON.stringify(dialect)}, but XMPP over TCP has no headers; only "proxy_v2" will do`)
    else if (protocol) {
      const text =
        "contradict each other: behind a PROXY header come the client's own words, and no header of a proxy's"
      at.error('conflict', `${JSON.stringify(dialect)} and \`proxy_protocol = true\` ${text}`)
      place.at('proxy_protocol').error('conflict', `true and ${word} ${text}`)
    }
    return
  }
  if (!protocol) at.error('conflict', 'is "proxy_v2", which needs `proxy_protocol = true`')
  if (tls === undefined) return
  const text = 'contradict each other: TLS ends either at the proxy or here'
  at.error('conflict', `"proxy_v2" and the \`tls\` section ${text}`)
  place.at('tls').error('conflict', `the section and ${word} ${text}`)
}

function resolveCertificate(
  values: CertificateValues,
  listener: ProxyValues,
  place: Place,
): ForwardedCertificateOptions | null {
  const at = place.at('forwarded_certificate')
  const dialect = resolveDialect(values, at)
  const own = values.cacertfile
  const cacertfile =
    own === undefined
      ? listener.tls?.cacertfile === undefined
        ? null
        : place.at('tls', 'cacertfile').resolve(listener.tls.cacertfile)
      : at.at('cacertfile').file(own)
  // Where nobody looks at certificates no CA is needed.
  const isDisabled = listener.certificate_policy === 'disable'
  if (values.verify_mode === 'peer' && cacertfile === null && !isDisabled) {
    at.at('cacertfile').error(
      'missing',
      'name the file (PEM) of the CA that issues your client certificates: what a proxy forwards is validated here again',
    )
  }
  if (dialect === null) return null
  const verifyMode = isDisabled ? 'none' : values.verify_mode
  return { dialect, verifyMode, disconnectOnFailure: values.disconnect_on_failure, cacertfile }
}

function resolveDialect(values: CertificateValues, at: Place): ForwardedCertificateOptions['dialect'] | null {
  const { dialect } = values
  if (dialect === undefined) {
    at.at('dialect').error(
      'missing',
      `say in which words the proxy forwards certificates: ${[...headerDialects, 'proxy_v2'].join(', ')}`,
    )
    return null
  }
  const usual = dialect === 'proxy_v2' || dialect === 'plain' ? null : usualFields[dialect]
  const given = (
    key: 'header' | 'chain_header' | 'verify_header',
    has: boolean,
    byDefault: string | null,
  ): string | null => {
    const name = values[key]
    if (name === undefined) return byDefault
    if (!has)
      at.at(key).error(
        'conflict',
        `has no meaning with \`dialect = ${JSON.stringify(dialect)}\`, which has no such header`,
      )
    return name.toLowerCase()
  }
  const certificate = given('header', dialect !== 'proxy_v2', usual?.certificate ?? null)
  const chain = given('chain_header', usual?.chain != null, usual?.chain ?? null)
  const verify = given('verify_header', dialect === 'plain' || usual?.verify != null, usual?.verify ?? null)
  if (dialect === 'proxy_v2') return { kind: 'proxy-v2' }
  if (certificate === null) {
    at.at('header').error('missing', 'dialect "plain" has no header of its own: name the one that your proxy writes')
    return null
  }
  const names = [certificate, chain, verify].filter((name) => name !== null)
  if (new Set(names).size < names.length) at.at('header').error('duplicate', 'one header cannot hold two things')
  return { kind: 'headers', name: dialect, fields: { certificate, chain, verify } }
}
