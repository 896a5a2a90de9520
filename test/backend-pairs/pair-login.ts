/** One login of a pair's table on the wire, and what `explain` says of the same one. */

import { explain } from '../../src/explain.ts'
import type { Decision } from '../../src/observe/decision.ts'
import { loginPlain } from '../support/password-login.ts'
import type { Door, TestServer } from '../support/server.ts'
import { openClient, readError, type XmppClient } from '../support/xmpp-client.ts'
import { domain, type Estate, password } from './estate.ts'
import type { PairRow } from './states.ts'

/** What a row comes to. */
export interface PairEnd {
  /** `success` or the SASL failure condition. */
  readonly condition: string
  readonly code: string
  readonly asked: readonly string[]
}

/** Logs in as the account of `row`. */
export async function pairLogin(server: TestServer, estate: Estate, door: Door, row: PairRow): Promise<PairEnd> {
  const { pem: cert, keyPem: key } = estate.certificate
  const tls = row.evidence === 'certificate' ? { cert, key } : {}
  const { client } = await openClient({ port: server.portOf(door), door, domain, tls })
  using _ = client
  const before = server.decisionsOf(client).length
  const answer = await authenticate(client, row)
  const [decision, ...more] = server.decisionsOf(client).slice(before)
  if (decision === undefined || more.length > 0) throw new Error(`${more.length + 1} records instead of one`)
  if (answer.name !== 'success') return { condition: readError(answer).condition, ...said(decision) }
  const jid = await client.bind(domain)
  if (!jid.startsWith(`${row.local}@${domain}/`)) throw new Error(`bound as ${jid}`)
  return { condition: 'success', ...said(decision) }
}

function authenticate(client: XmppClient, { evidence, local }: PairRow) {
  return evidence === 'certificate' ? client.auth({ text: `${local}@${domain}` }) : loginPlain(client, local, password)
}

/** What `explain` says; its wire condition is the record's. */
export async function pairExplained({ options }: TestServer, { certificate }: Estate, row: PairRow): Promise<PairEnd> {
  const [listener] = options.c2s
  if (listener === undefined) throw new TypeError('no listener')
  const authzid = `${row.local}@${domain}`
  const found = await explain({ pem: certificate.pem, authzid, domain, listener, options, now: Date.now() })
  if (!found.ok) throw new Error(found.error)
  const { outcome } = found.value.decision
  return { condition: outcome.kind === 'allow' ? 'success' : outcome.condition, ...said(found.value.decision) }
}

function said({ backends, outcome }: Decision): Omit<PairEnd, 'condition'> {
  const asked = backends.map(({ backend, verdict }) => `${backend}: ${verdict}`)
  return { code: outcome.kind === 'deny' ? outcome.code : 'allow', asked }
}
