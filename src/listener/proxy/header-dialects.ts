/** The dialects in which proxies forward certificates in HTTP headers: their fields, and how each is read. */

import { fail, ok, type Result } from '../../result.ts'
import {
  certificateOfBase64,
  certificatesOfDers,
  certificatesOfEscapedPem,
  certificatesOfFlatPem,
  maxFieldChars,
  maxForwardedCertificates,
  tooMany,
  unescaped,
} from './certificate-texts.ts'
import { type ForwardFault, malformed } from './forward-fault.ts'
import { parseClientCert, parseClientCertChain } from './rfc9440.ts'
import { parseXfcc } from './xfcc.ts'

/** The dialects, the standard first. */
export const headerDialects = ['rfc9440', 'nginx', 'haproxy', 'envoy', 'traefik', 'apache', 'plain'] as const

/** One of the dialects. */
export type HeaderDialect = (typeof headerDialects)[number]

/** Names of the fields, lower-case; null where the dialect has none of that kind. */
export interface DialectFields {
  readonly certificate: string
  /** Further certificates that the client sent. */
  readonly chain: string | null
  /** The proxy's own verdict. */
  readonly verify: string | null
}

/** The fields as each dialect's proxies are usually told to write them. `plain` has no usual name. */
export const usualFields: Readonly<Record<Exclude<HeaderDialect, 'plain'>, DialectFields>> = {
  rfc9440: { certificate: 'client-cert', chain: 'client-cert-chain', verify: null },
  nginx: { certificate: 'x-ssl-client-cert', chain: null, verify: 'x-ssl-client-verify' },
  haproxy: { certificate: 'x-ssl-client-der', chain: 'x-ssl-client-chain-der', verify: 'x-ssl-client-verify' },
  envoy: { certificate: 'x-forwarded-client-cert', chain: null, verify: null },
  traefik: { certificate: 'x-forwarded-tls-client-cert', chain: null, verify: null },
  apache: { certificate: 'ssl_client_cert', chain: null, verify: 'ssl_client_verify' },
}

/** Every field that may carry a certificate in some dialect. */
export const certificateFields: ReadonlySet<string> = new Set(
  Object.values(usualFields).flatMap(({ certificate, chain }) =>
    chain === null ? [certificate] : [certificate, chain],
  ),
)

/** Reads a certificate with what came beside it, leaf first; null where the field says that there was none. */
export function readCertificates(
  dialect: HeaderDialect,
  value: string,
  chain: readonly string[],
): Result<readonly Uint8Array[] | null, ForwardFault> {
  if ([value, ...chain].some((text) => text.length > maxFieldChars)) {
    return fail({ code: 'forwarded-too-long', why: `a certificate header of more than ${maxFieldChars} characters` })
  }
  switch (dialect) {
    case 'rfc9440':
      return withChain(parseClientCert(value), chain.length === 0 ? ok([]) : parseClientCertChain(chain))
    case 'nginx':
      return certificatesOfEscapedPem(value)
    case 'haproxy':
      return withChain(certificateOfBase64(value), chainOfHaproxy(chain))
    case 'envoy':
      return parseXfcc(value)
    case 'traefik':
      return chainOfTraefik(value)
    case 'apache':
      return value === '(null)' ? ok(null) : certificatesOfFlatPem(value)
    case 'plain':
      return readPlain(value)
  }
}

type Ders = Result<readonly Uint8Array[], ForwardFault>

function withChain(leaf: Result<Uint8Array, ForwardFault>, chain: Ders): Ders {
  if (!leaf.ok) return leaf
  return chain.ok ? ok([leaf.value, ...chain.value]) : chain
}

/** `ssl_c_chain_der` in base64: the DER of all certificates in one; an empty field where the client sent no others. */
function chainOfHaproxy([value = '', ...more]: readonly string[]): Ders {
  if (more.length > 0) return fail(malformed('two chains'))
  if (value === '') return ok([])
  const bytes = certificateOfBase64(value)
  return bytes.ok ? certificatesOfDers(bytes.value) : bytes
}

/** Base64 without the lines of PEM, commas between certificates; older releases escape the whole of it. */
function chainOfTraefik(value: string): Ders {
  const plain = unescaped(value)
  if (plain === null) return fail(malformed('a certificate with a broken percent-escape'))
  const items = plain.split(',')
  if (items.length > maxForwardedCertificates) return fail(tooMany())
  const ders: Uint8Array[] = []
  for (const item of items) {
    const der = certificateOfBase64(item)
    if (!der.ok) return der
    ders.push(der.value)
  }
  return ok(ders)
}

/** PEM, escaped or flat, shows itself by its dashes, which base64 does not have. */
function readPlain(value: string): Ders {
  if (value.startsWith('-----') || value.startsWith('%2')) {
    return value.includes('%') ? certificatesOfEscapedPem(value) : certificatesOfFlatPem(value)
  }
  const der = certificateOfBase64(value)
  return der.ok ? ok([der.value]) : der
}
