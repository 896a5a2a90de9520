/** Makes one login of the matrix on the wire and says in what it differs from what was expected. */

import type { Decision } from '../../src/observe/decision.ts'
import { reasons } from '../../src/observe/reasons.ts'
import { type EveryDoor, listenerOf, transportOf, type Welcome } from '../support/every-door.ts'
import type { ClientEnds } from '../support/server.ts'
import { type InitialResponse, mechanismsOf, readError } from '../support/xmpp-client.ts'
import { conditions, type MatrixReason, statusOf } from './outcomes.ts'
import type { Expectation, Row } from './rows.ts'

/** What a row needs of the server under test. */
export interface Target extends Disposable {
  /** Opens a stream by the row's door, with its certificate. */
  knock(row: Row): Promise<Welcome>
  /** The decision records of this connection that no row has had yet. */
  newDecisionsOf(client: ClientEnds): readonly Decision[]
}

/** What happened on the wire. `offered` are the mechanisms in the features, null when there were no features. */
export interface Observation {
  readonly offered: readonly string[] | null
  readonly end: 'login' | 'failure' | 'stream-error' | 'http'
  /** The bound JID, the condition, or the status. */
  readonly detail: string
  /** The text beside the condition. */
  readonly text: string
  readonly decisions: readonly Decision[]
}

/** Makes the login of `row` at `target` and gives all differences, none when it went as expected. */
export async function runRow(target: Target, row: Row): Promise<readonly string[]> {
  try {
    return differences(row, await observe(target, row))
  } catch (fault) {
    return [fault instanceof Error ? fault.message : String(fault)]
  }
}

async function observe(target: Target, row: Row): Promise<Observation> {
  const welcome = await target.knock(row)
  switch (welcome.kind) {
    case 'features':
      return attempt(target, row, welcome)
    case 'stream-error': {
      const { condition: detail, text, ends } = welcome
      return { offered: null, end: 'stream-error', detail, text, decisions: target.newDecisionsOf(ends) }
    }
    case 'http': {
      const { status, text, ends } = welcome
      return { offered: null, end: 'http', detail: String(status), text, decisions: target.newDecisionsOf(ends) }
    }
  }
}

async function attempt(
  target: Target,
  { subject: { host }, form, authzid }: Row,
  { client, features }: Extract<Welcome, { kind: 'features' }>,
): Promise<Observation> {
  using _ = client
  const answer = await client.auth(responseOf(form, authzid))
  const jid = answer.name === 'success' ? await client.bind(host) : null
  // The stream must have stayed open, or there would be nobody to close it in order.
  client.send('</stream:stream>')
  await client.closing()
  const seen = { offered: mechanismsOf(features) ?? [], decisions: target.newDecisionsOf(client) }
  if (jid !== null) return { ...seen, end: 'login', detail: jid, text: '' }
  const { condition, text } = readError(answer)
  return { ...seen, end: 'failure', detail: answer.name === 'failure' ? condition : `<${answer.name}/>`, text }
}

function responseOf(form: Row['form'], authzid: string | null): InitialResponse {
  if (form === 'absent' || form === 'equals') return form
  // Padding is missing: RFC 4648 §3.2 does not let it.
  if (form === 'base64') return { raw: 'YWxpY2U' }
  if (authzid === null) throw new TypeError('this row ends before <auth/>')
  return { text: authzid }
}

/** In what an observation differs from what its row expects. */
export function differences({ door, subject, expected }: Row, seen: Observation): readonly string[] {
  const found: string[] = []
  const same = (what: string, actual: unknown, wanted: unknown) => {
    if (JSON.stringify(actual) !== JSON.stringify(wanted)) {
      found.push(`${what}: expected ${JSON.stringify(wanted)}, saw ${JSON.stringify(actual)}`)
    }
  }
  const wire = wireOf(expected, door)
  same('wire', seen.end, wire.end)
  if (expected.kind === 'login') same('bound JID', seen.detail.replace(/\/.+$/s, '/…'), `${expected.jid}/…`)
  else same('condition', seen.detail, wire.condition)
  same('mechanisms', seen.offered, wire.offered)
  same('decision records', seen.decisions.length, 1)
  for (const decision of seen.decisions) {
    same('outcome', shortOutcome(decision), shortExpectation(expected))
    const { mechanism, domain } = decision
    const record = { mechanism, transport: decision.transport, domain }
    same('record', record, { mechanism: 'EXTERNAL', transport: transportOf[door], domain: subject.host })
    if (expected.kind !== 'login') {
      same('text names the reason', seen.text.includes(reasons[expected.code].meaning), true)
      same('text names the record', seen.text.includes(decision.id), true)
    }
  }
  return found
}

function wireOf(expected: Expectation, door: EveryDoor) {
  switch (expected.kind) {
    case 'login':
      return { end: 'login', condition: null, offered: ['EXTERNAL'] }
    case 'failure':
      return { end: 'failure', condition: conditions[expected.code], offered: expected.offered ? ['EXTERNAL'] : [] }
    case 'disconnect':
      if (listenerOf(door) === 'https') return { end: 'http', condition: statusOf(expected.code), offered: null }
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
