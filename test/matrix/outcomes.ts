/**
 * The words that the expectation tables are written in, and the wire condition of each refusal. Worked out from
 * the rules of identity and RFC 6120 §6.5 by hand; nothing here is read from the implementation.
 */

import type { ReasonCode } from '../../src/observe/reasons.ts'

/** Short table words for refusals. */
export const refusalWords = {
  mism: 'authzid-mismatch',
  need: 'authzid-required',
  form: 'authzid-malformed',
  miss: 'authzid-missing',
  afor: 'authzid-foreign-domain',
  b64: 'encoding-incorrect',
  fdom: 'xmpp-addr-foreign-domain',
  bad: 'xmpp-addr-malformed',
  user: 'xmpp-addr-no-localpart',
  cnbad: 'common-name-malformed',
  rval: 'rule-value-malformed',
  rjid: 'rule-jid-malformed',
  rfor: 'rule-foreign-domain',
  iden: 'issuer-denied',
  noid: 'no-identity',
  unkn: 'account-unknown',
} as const satisfies Record<string, ReasonCode>

/**
 * A cell of a table: a refusal, or a login as the JID that the certificate holds (`addr`), as the one its common
 * name makes (`name`), or as the authorization identity (`says`), named by rule standard, common_name, auth_id; or as the
 * JID of the certificate by a rule of the operator's own (`rule`).
 */
export type Cell = keyof typeof refusalWords | LoginCell

/** A cell that is a login. */
export type LoginCell = (typeof loginCells)[number]

const loginCells = ['addr', 'name', 'says', 'rule'] as const

/** The SASL failure condition of every reason the matrix meets. */
export const conditions = {
  'authzid-mismatch': 'invalid-authzid',
  'authzid-required': 'invalid-authzid',
  'authzid-malformed': 'invalid-authzid',
  'authzid-missing': 'not-authorized',
  'authzid-foreign-domain': 'not-authorized',
  'encoding-incorrect': 'incorrect-encoding',
  'xmpp-addr-foreign-domain': 'not-authorized',
  'xmpp-addr-malformed': 'not-authorized',
  'xmpp-addr-no-localpart': 'not-authorized',
  'common-name-malformed': 'not-authorized',
  'no-identity': 'not-authorized',
  'account-unknown': 'not-authorized',
  'rule-value-malformed': 'not-authorized',
  'rule-jid-malformed': 'not-authorized',
  'rule-foreign-domain': 'not-authorized',
  'issuer-denied': 'not-authorized',
  'certificate-missing': 'not-authorized',
  'certificate-not-requested': 'invalid-mechanism',
  'certificate-unreadable': 'not-authorized',
  'chain-unknown-ca': 'not-authorized',
  'chain-self-signed': 'not-authorized',
  'chain-expired': 'not-authorized',
  'chain-not-yet-valid': 'not-authorized',
  'chain-bad-signature': 'not-authorized',
  'chain-not-a-ca': 'not-authorized',
  'chain-path-too-long': 'not-authorized',
  'chain-name-constraint': 'not-authorized',
  'chain-wrong-usage': 'not-authorized',
  'chain-unknown-critical-extension': 'not-authorized',
  'chain-weak': 'not-authorized',
} as const satisfies Partial<Record<ReasonCode, string>>

/**
 * The status that HTTP answers with where a refused certificate ends everything before there is a stream: a missing one
 * may be mended by showing it (401, RFC 9110 §15.5.2), any other only by showing another (403, §15.5.4).
 */
export function statusOf(code: ReasonCode): '401' | '403' {
  return code === 'certificate-missing' ? '401' : '403'
}

/** A reason that the matrix meets. */
export type MatrixReason = keyof typeof conditions

/** Reads a table: a line is a name and its cells, parted by white space; empty lines do not count. */
export function readTable<Name extends string>(
  names: readonly Name[],
  columns: readonly string[],
  text: string,
): ReadonlyMap<Name, readonly Cell[]> {
  const table = new Map<Name, readonly Cell[]>()
  for (const line of text.split('\n').map((raw) => raw.trim())) {
    if (line === '') continue
    const [first = '', ...words] = line.split(/\s+/)
    const name = names.find((candidate) => candidate === first)
    if (name === undefined) throw new TypeError(`no such line: ${first}`)
    if (table.has(name)) throw new TypeError(`line given twice: ${name}`)
    if (words.length !== columns.length)
      throw new TypeError(`${name}: ${words.length} cells for ${columns.length} columns`)
    table.set(name, words.map(readCell))
  }
  return table
}

function readCell(word: string): Cell {
  const login = loginCells.find((cell) => cell === word)
  if (login !== undefined) return login
  if (Object.hasOwn(refusalWords, word)) return word as keyof typeof refusalWords
  throw new TypeError(`no such word: ${word}`)
}
