/** The contract of an identity rule: a value that reads certificate and authzid and says who is claimed. */

import type { BareJid } from '../jid/jid.ts'
import type { ReasonCode } from '../observe/reasons.ts'
import type { PeerCertificate } from './certificate.ts'
import type { XmppAddr } from './names.ts'

/** What a rule may look at. */
export interface IdentityQuery {
  readonly certificate: PeerCertificate
  /** The authorization identity the client asked for; null when it sent none. */
  readonly authzid: BareJid | null
  /** The stream's domain, prepared. */
  readonly domain: string
}

/** What a rule says. Only `pass` lets the next rule speak. `detail` is a sentence fragment on what was looked at. */
export type IdentityAnswer =
  | {
      readonly kind: 'jid'
      readonly jid: BareJid
      readonly detail: string
      /** The JID is nobody's: a backend is to say who it is. */
      readonly isStandIn?: boolean
    }
  | { readonly kind: 'refuse'; readonly code: ReasonCode; readonly detail: string }
  | { readonly kind: 'pass'; readonly detail: string }

/** One rule of `auth.sasl_external`. */
export interface IdentityRule {
  /** Its name in the configuration. */
  readonly name: string
  /** Whether the answer rests on the client's word alone, and not on the certificate. */
  readonly trustsClient: boolean
  answer(query: IdentityQuery): IdentityAnswer
}

/** The answer that names a JID. */
export function answerJid(jid: BareJid, detail: string): IdentityAnswer {
  return { kind: 'jid', jid, detail }
}

/** The answer that ends the search. */
export function refuse(code: ReasonCode, detail: string): IdentityAnswer {
  return { kind: 'refuse', code, detail }
}

/** The answer that leaves the question to the next rule. */
export function pass(detail: string): IdentityAnswer {
  return { kind: 'pass', detail }
}

/**
 * Refuses a certificate with an xmppAddr that cannot be read, which might be the one that matters: unusable by any rule,
 * also by those that read no xmppAddr. Null when all can be read.
 */
export function refuseMalformed(addresses: readonly XmppAddr[]): IdentityAnswer | null {
  const malformed = addresses.find(({ jid }) => jid === null)
  if (malformed === undefined) return null
  const which = malformed.text === null ? 'an xmppAddr' : `xmppAddr ${quote(malformed.text)}`
  return refuse('xmpp-addr-malformed', `${which} is no JID: it ${malformed.why ?? 'is malformed'}`)
}

/** A text from a certificate in quotation marks, at most 100 characters, with nothing in it that could upset a log or a terminal. */
export function quote(text: string): string {
  const visible = JSON.stringify(text.slice(0, 100)).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
  })
  return visible
}
