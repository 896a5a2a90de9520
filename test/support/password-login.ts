/** Logins by password as a client does them: PLAIN and SCRAM, over the raw test client. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { Element } from 'ltx'
import { clientFinal, type FinalParts } from './scram-client.ts'
import type { XmppClient } from './xmpp-client.ts'

const ns = 'urn:ietf:params:xml:ns:xmpp-sasl'

/** Hashes by the middle of the mechanism's name. */
export const wireHashes = {
  'SHA-1': 'sha',
  'SHA-224': 'sha224',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
} as const satisfies Record<string, FinalParts['hash']>

/** What a login needs of a client, whatever it travels on. */
export type LoginClient = Pick<XmppClient, 'socket' | 'send' | 'element' | 'auth'>

/** Types of channel binding that the client can do. */
export type ClientBinding = 'tls-exporter' | 'tls-server-end-point' | 'tls-unique'

/** Everything about one SCRAM login that a test may bend. */
export interface ScramLogin {
  readonly mechanism: string
  readonly username: string
  readonly password: string
  readonly authzid?: string
  /** The gs2 flag where there is no binding. */
  readonly flag?: 'n' | 'y'
  readonly binding?: ClientBinding
  /** Binding data in the place of this connection's. */
  readonly data?: Uint8Array
  readonly bend?: (final: string) => string
}

/** What came of it: the last element, the server's challenge, and whether the server proved itself as well. */
export interface ScramOutcome {
  readonly last: Element
  readonly challenge: string | null
  readonly isMutual: boolean
}

/** The binding data of this connection as the client sees it; the server's certificate must be signed with SHA-256. */
export function bindingOf(client: LoginClient, type: ClientBinding): Buffer {
  const socket = client.socket as TLSSocket
  if (type === 'tls-exporter') return socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0))
  if (type === 'tls-unique') return socket.getFinished() ?? Buffer.alloc(0)
  const certificate = socket.getPeerX509Certificate()
  assert.ok(certificate !== undefined)
  return createHash('sha256').update(certificate.raw).digest()
}

/** Logs in by PLAIN; gives the answer. */
export function loginPlain(client: LoginClient, username: string, password: string, authzid = ''): Promise<Element> {
  return client.auth({ text: `${authzid}\0${username}\0${password}` }, 'PLAIN')
}

/** Logs in by SCRAM, as far as the server lets it. */
export async function loginScram(client: LoginClient, login: ScramLogin): Promise<ScramOutcome> {
  const { mechanism, username, password, authzid, binding, flag = 'n', bend = (text) => text } = login
  const [, middle] = /^SCRAM-(SHA-\d+)/.exec(mechanism) ?? []
  const hash = wireHashes[middle as keyof typeof wireHashes]
  const gs2 = `${binding === undefined ? flag : `p=${binding}`},${authzid === undefined ? '' : `a=${authzid}`},`
  const bare = `n=${username.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=fyko+d2lbbFgONRv9qkxdawL`
  const first = await client.auth({ text: gs2 + bare }, mechanism)
  if (first.name !== 'challenge') return { last: first, challenge: null, isMutual: false }
  const challenge = Buffer.from(first.getText(), 'base64').toString()
  const data = login.data ?? (binding === undefined ? new Uint8Array() : bindingOf(client, binding))
  const final = await clientFinal({ hash, password, gs2, bare, challenge, binding: data })
  client.send(`<response xmlns='${ns}'>${Buffer.from(bend(final.message)).toString('base64')}</response>`)
  const last = await client.element()
  const isMutual = Buffer.from(last.getText(), 'base64').toString() === final.expected
  return { last, challenge, isMutual }
}
