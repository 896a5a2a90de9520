/**
 * What a request's headers say of the client behind a proxy. Trusted proxies are believed, address and certificate, and the
 * certificate is judged again; from anybody else such headers end the request: never used, and never passed over in silence.
 */

import type { Channel, TlsFacts } from '../../certificate/channel.ts'
import { fail, ok, type Result } from '../../result.ts'
import { contradictory, type ForwardFault, malformed } from './forward-fault.ts'
import { findOrigin, type HopElement, type Origin, parseForwarded, parseForwardedFor } from './forwarded-hops.ts'
import { forwardedPeer, type PeerParts } from './forwarded-peer.ts'
import { certificateFields, type DialectFields, type HeaderDialect, readCertificates } from './header-dialects.ts'
import { fieldsOf, type RawHeaders } from './header-fields.ts'
import { addressOfRemote, formatRemote, plainAddress, unknownAddress } from './ip-text.ts'
import { nobody, type TrustedAddresses } from './trusted-addresses.ts'
import { readVerifyWord } from './verify-words.ts'

/** The field in which proxies tell the address of their client; the other one is not looked at. */
export type AddressField = 'x-forwarded-for' | 'forwarded'

/** How one listener takes the headers of proxies. */
export interface ForwardTerms {
  readonly trusted: TrustedAddresses
  readonly addressField: AddressField
  /** Null where no certificates are forwarded. */
  readonly certificate: {
    readonly dialect: HeaderDialect
    readonly fields: DialectFields
    readonly parts: PeerParts
  } | null
}

/** Nobody's headers are believed. */
export const noForwarding: ForwardTerms = { trusted: nobody, addressField: 'x-forwarded-for', certificate: null }

/** Why a request is refused, and the status of the answer (RFC 9110 §15.5). */
export interface ForwardRefusal extends ForwardFault {
  readonly status: 400 | 403
}

/** Reads one request that came over `connection`. */
export type ChannelOf = (
  request: { readonly rawHeaders: RawHeaders },
  connection: Channel,
) => Result<Channel, ForwardRefusal>

type Fields = ReadonlyMap<string, readonly string[]>

/**
 * The channel of each request. Over connections of others than trusted proxies it is the connection's own; a proxy's own
 * certificate is never its client's, so over a proxy's connection there is the forwarded certificate or none.
 */
export function createForwarding(terms: ForwardTerms): ChannelOf {
  const own = new Set(Object.values(terms.certificate?.fields ?? {}).filter((name) => name !== null))
  const foreign = new Set([...certificateFields].filter((name) => !own.has(name)))
  const wanted = new Set([...own, ...foreign, 'x-forwarded-for', 'x-forwarded-proto', 'forwarded'])
  return ({ rawHeaders }, connection) => {
    const fields = fieldsOf(rawHeaders, wanted)
    const by = plainAddress(addressOfRemote(connection.remote))
    if (!terms.trusted.includes(by)) return ofStranger(fields, [...own, ...foreign], connection)
    const uncalled = [...foreign].find((name) => fields.has(name))
    if (uncalled !== undefined) return refuse(contradictory(`${uncalled} is not how this listener takes certificates`))
    const read = ofProxy(fields, connection, by, terms)
    return read.ok ? read : refuse(read.error)
  }
}

function ofStranger(fields: Fields, names: readonly string[], connection: Channel): Result<Channel, ForwardRefusal> {
  const forged = names.find((name) => fields.has(name))
  if (forged === undefined) return ok(connection)
  return fail({ code: 'forwarded-by-stranger', status: 403, why: `${forged} from none of the trusted proxies` })
}

function refuse(fault: ForwardFault): Result<never, ForwardRefusal> {
  return fail({ ...fault, status: 400 })
}

function ofProxy(fields: Fields, connection: Channel, by: string, terms: ForwardTerms): Result<Channel, ForwardFault> {
  const elements = readElements(fields, terms.addressField)
  if (!elements.ok) return elements
  const origin = findOrigin(elements.value, terms.trusted.includes)
  if (!origin.ok) return origin
  const { client } = origin.value
  // Without any word of a client the proxy may speak for itself; else it is not its address that the client has.
  const unnamed = elements.value.length === 0 ? connection.remote : formatRemote(unknownAddress, 0)
  const shown = terms.certificate === null ? ok(noCertificates) : readShown(fields, terms.certificate)
  if (!shown.ok) return shown
  const isSecure = isOverTls(fields, origin.value, terms.addressField)
  const { ders, objection } = shown.value
  if (ders.length > 0 && !isSecure) {
    return fail({ code: 'forwarded-insecure', why: 'a certificate, and no word that the client came over HTTPS' })
  }
  return ok(
    Object.freeze<Channel>({
      transport: connection.transport,
      remote: client === null ? unnamed : formatRemote(client.address, client.port),
      tls: isSecure ? unknownTls : null,
      peer: terms.certificate === null ? noPeer : forwardedPeer(ders, objection, terms.certificate.parts),
      forwarded: Object.freeze({ by, dialect: terms.certificate?.dialect ?? terms.addressField }),
    }),
  )
}

/** Headers do not tell the parameters of TLS. */
const unknownTls: TlsFacts = Object.freeze({ version: 'unknown', cipher: 'unknown', resumed: false, serverName: null })

const noPeer = Object.freeze({ kind: 'none' })

/** What the certificate's fields hold. */
interface Shown {
  /** The client's own first; empty where it showed none. */
  readonly ders: readonly Uint8Array[]
  readonly objection: string | null
}

const noCertificates: Shown = { ders: [], objection: null }

function readShown(
  fields: Fields,
  { dialect, fields: names }: NonNullable<ForwardTerms['certificate']>,
): Result<Shown, ForwardFault> {
  const values = fields.get(names.certificate) ?? []
  const verify = names.verify === null ? [] : (fields.get(names.verify) ?? [])
  const chain = names.chain === null ? [] : (fields.get(names.chain) ?? [])
  const twice = [values, verify].find(({ length }) => length > 1)
  if (twice !== undefined) {
    return fail(contradictory(`${twice === values ? names.certificate : names.verify} came twice`))
  }
  const [value = ''] = values
  // An empty field is how several proxies say that there is nothing to put into it.
  const ders = value === '' ? ok(null) : readCertificates(dialect, value, chain)
  if (!ders.ok) return ders
  if (ders.value === null && chain.some((text) => text !== '')) {
    return fail(contradictory('a chain without the certificate that it belongs to'))
  }
  const objection = judgeVerify(dialect, verify[0] ?? '', {
    isRequired: names.verify !== null,
    isShown: ders.value !== null,
  })
  return objection.ok ? ok({ ders: ders.value ?? [], objection: objection.value }) : objection
}

/** What the proxy has against the certificate, null for nothing. */
function judgeVerify(
  dialect: HeaderDialect,
  text: string,
  { isRequired, isShown }: { readonly isRequired: boolean; readonly isShown: boolean },
): Result<string | null, ForwardFault> {
  if (text === '')
    return isRequired && isShown ? fail(contradictory('a certificate without the word of the check')) : ok(null)
  const word = readVerifyWord(dialect, text)
  switch (word.kind) {
    case 'junk':
      return fail(malformed('the word of the check is none of the dialect'))
    case 'none':
      return isShown ? fail(contradictory('a certificate that the check has not seen')) : ok(null)
    case 'good':
      // HAProxy says so, too, where there was nothing to check.
      return isShown || text === '0' ? ok(null) : fail(contradictory('a good check of no certificate'))
    case 'bad':
      return isShown ? ok(word.text) : fail(contradictory('a failed check of no certificate'))
  }
}

function readElements(fields: Fields, field: AddressField): Result<readonly HopElement[], ForwardFault> {
  const values = fields.get(field) ?? []
  if (values.length === 0) return ok([])
  return field === 'forwarded' ? parseForwarded(values) : parseForwardedFor(values)
}

const securely: ReadonlySet<string> = new Set(['https', 'wss'])

/** Whether every trusted proxy that says anything of it says TLS, and at least one does. */
function isOverTls(fields: Fields, { trusted }: Origin, field: AddressField): boolean {
  const protos =
    field === 'forwarded'
      ? trusted.map(({ proto }) => proto ?? '')
      : (fields.get('x-forwarded-proto') ?? []).flatMap((value) =>
          value.split(',').map((word) => word.trim().toLowerCase()),
        )
  return protos.length > 0 && protos.every((proto) => securely.has(proto))
}
