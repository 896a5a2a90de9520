/** Makes one login of the matrix on the wire and says in what it differs from what was expected. */

import type { SecureContext } from 'node:tls'
import type { Decision } from '../../src/observe/decision.ts'
import { reasons } from '../../src/observe/reasons.ts'
import type { ClientEnds } from '../support/server.ts'
import type { StreamClient } from '../support/websocket-client.ts'
import { connectSecure, type InitialResponse, mechanismsOf, readError } from '../support/xmpp-client.ts'
import { conditions, type MatrixReason } from './outcomes.ts'
import type { Expectation, Row } from './rows.ts'

/** Another way in than the row's own door: the transport that records name, and how to get there. */
export interface OtherDoor {
  readonly transport: 'websocket' | 'bosh'
  /** A client that has said nothing yet; or what HTTP answered instead of letting one in. */
  connect(secureContext: SecureContext, host: string): Promise<StreamClient>
}

/** What a row needs of the server under test. */
export interface Target {
  portOf(door: Row['door']): number
  /** Where all rows go in, whatever door they name. */
  readonly other?: OtherDoor
  /** The client's side of TLS with a certificate of the catalogue, or without one. */
  contextOf(certificate: Row['subject']['certificate']): SecureContext
  /** The decision records of this connection's attempts. */
  decisionsOf(client: ClientEnds): readonly Decision[]
}

/** What happened on the wire. `offered` are the mechanisms in the features, null when there were no features. */
export interface Observation {
  readonly offered: readonly string[] | null
  readonly end: 'login' | 'failure' | 'stream-error'
  /** The bound JID, or the condition. */
  readonly detail: string
  /** The text beside the condition. */
  readonly text: string
  readonly decisions: readonly Decision[]
}

/** Makes the login of `row` at `target` and gives all differences, none when it went as expected. */
export async function runRow(target: Target, row: Row): Promise<readonly string[]> {
  try {
    return differences(row, await observe(target, row), target.other?.transport)
  } catch (fault) {
    return [fault instanceof Error ? fault.message : String(fault)]
  }
}

async function observe(target: Target, { door, subject, form, authzid }: Row): Promise<Observation> {
  const secureContext = target.contextOf(subject.certificate)
  const options = { port: target.portOf(door), door, domain: subject.host, tls: { secureContext } }
  using client: StreamClient = await (target.other?.connect(secureContext, subject.host) ?? connectSecure(options))
  // The client's port may have served an earlier row.
  const earlier = target.decisionsOf(client).length
  const { offered, error } = await greet(client, subject.host)
  const seen = (end: Observation['end'], detail: string, text = ''): Observation => ({
    offered,
    end,
    detail,
    text,
    decisions: target.decisionsOf(client).slice(earlier),
  })
  if (error !== null) return seen('stream-error', error.condition, error.text)
  const answer = await client.auth(responseOf(form, authzid))
  const jid = answer.name === 'success' ? await client.bind(subject.host) : null
  // The stream must have stayed open, or there would be nobody to close it in order.
  client.send('</stream:stream>')
  await client.closing()
  if (jid !== null) return seen('login', jid)
  const { condition, text } = readError(answer)
  return seen('failure', answer.name === 'failure' ? condition : `<${answer.name}/>`, text)
}

async function greet(client: StreamClient, host: string) {
  client.send(
    `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='${host}' version='1.0'>`,
  )
  const opening = await client.next()
  // Where HTTP is below, a certificate that is missing or refused may end there already.
  const [, text] = (opening.kind === 'end' && /^HTTP 40[13]: (.*)$/.exec(opening.error ?? '')) || []
  if (text !== undefined) return { offered: null, error: { condition: 'not-authorized', text } }
  if (opening.kind !== 'header') throw new Error(`no header: ${JSON.stringify(opening)}`)
  const first = await client.element()
  if (first.name === 'stream:features') return { offered: mechanismsOf(first) ?? [], error: null }
  await client.closing()
  return { offered: null, error: readError(first) }
}

function responseOf(form: Row['form'], authzid: string | null): InitialResponse {
  if (form === 'absent' || form === 'equals') return form
  // Padding is missing: RFC 4648 §3.2 does not let it.
  if (form === 'base64') return { raw: 'YWxpY2U' }
  if (authzid === null) throw new TypeError('this row ends before <auth/>')
  return { text: authzid }
}

/** In what an observation differs from what its row expects. */
export function differences(
  { subject, expected }: Row,
  seen: Observation,
  transport: Decision['transport'] = 'tcp',
): readonly string[] {
  const found: string[] = []
  const same = (what: string, actual: unknown, wanted: unknown) => {
    if (JSON.stringify(actual) !== JSON.stringify(wanted)) {
      found.push(`${what}: expected ${JSON.stringify(wanted)}, saw ${JSON.stringify(actual)}`)
    }
  }
  const wire = wireOf(expected)
  same('wire', seen.end, wire.end)
  if (expected.kind === 'login') same('bound JID', seen.detail.replace(/\/.+$/s, '/…'), `${expected.jid}/…`)
  else same('condition', seen.detail, wire.condition)
  same('mechanisms', seen.offered, wire.offered)
  same('decision records', seen.decisions.length, 1)
  for (const decision of seen.decisions) {
    same('outcome', shortOutcome(decision), shortExpectation(expected))
    const { mechanism, domain } = decision
    const record = { mechanism, transport: decision.transport, domain }
    same('record', record, { mechanism: 'EXTERNAL', transport, domain: subject.host })
    if (expected.kind !== 'login') {
      same('text names the reason', seen.text.includes(reasons[expected.code].meaning), true)
      same('text names the record', seen.text.includes(decision.id), true)
    }
  }
  return found
}

function wireOf(expected: Expectation) {
  switch (expected.kind) {
    case 'login':
      return { end: 'login', condition: null, offered: ['EXTERNAL'] }
    case 'failure':
      return { end: 'failure', condition: conditions[expected.code], offered: expected.offered ? ['EXTERNAL'] : [] }
    case 'disconnect':
      return { end: 'stream-error', condition: 'not-authorized', offered: null }
  }
}

function shortOutcome({ outcome }: Decision): string {
  return outcome.kind === 'allow'
    ? `allow ${outcome.jid} via ${outcome.via}`
    : `deny ${outcome.code} as ${outcome.condition}`
}

function shortExpectation(expected: Expectation): string {
  return expected.kind === 'login'
    ? `allow ${expected.jid} via ${expected.via}`
    : `deny ${expected.code} as ${conditionOf(expected.code)}`
}

function conditionOf(code: MatrixReason): string {
  return conditions[code]
}
