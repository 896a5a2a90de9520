/** Single logins beside the product, with their authorization identity written out. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { everyDoor } from '../support/every-door.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { domain, idnDomain, type Subject } from './certificates.ts'
import { createContexts, startMatrixServer, summary, targetOf } from './matrix-server.ts'
import type { MatrixReason } from './outcomes.ts'
import { policies } from './policies.ts'
import type { Expectation, Row } from './rows.ts'
import { runBatch } from './run-batch.ts'

type Line = readonly [
  policy: string,
  certificate: Subject['certificate'],
  host: string,
  authzid: string,
  outcome: { readonly jid: string; readonly via: string } | MatrixReason,
]

const std = 'standard'
const named = 'standard+common_name'
const around = 'standard+common_name u-…-x'
const as = (jid: string, via = 'standard') => ({ jid, via })

const lines: readonly Line[] = [
  // several identities: any of them by name, and only the stream's domain counts
  [std, 'two', domain, `bob@${domain}`, as(`bob@${domain}`)],
  [std, 'two', domain, `BOB@${domain}/phone`, as(`bob@${domain}`)],
  [std, 'two-one-foreign', domain, 'alice@foreign.example', 'xmpp-addr-foreign-domain'],
  [named, 'cn-several', domain, `bob@${domain}`, as(`bob@${domain}`, 'common_name')],
  [around, 'cn-several', domain, `bob@${domain}`, as(`u-bob-x@${domain}`, 'common_name')],
  // prefix and suffix: by the JID that results as well as by the common name
  [around, 'cn-simple', domain, `u-alice-x@${domain}`, as(`u-alice-x@${domain}`, 'common_name')],
  [around, 'cn-simple', domain, `u-alice@${domain}`, 'authzid-mismatch'],
  [around, 'cn-jid', domain, `u-alice-x@${domain}`, 'authzid-mismatch'],
  // preparation (RFC 7622 §3.2, §3.3): one account however it is spelt
  [std, 'idn-localpart', domain, `ju\u0308rgen@${domain}`, as(`jürgen@${domain}`)],
  [std, 'one', domain, `\uff41lice@${domain}`, as(`alice@${domain}`)],
  [std, 'one', domain, `alice@${domain}.`, as(`alice@${domain}`)],
  [std, 'idn-domain', idnDomain, 'alice@xn--bcher-kva.example', as(`alice@${idnDomain}`)],
  [std, 'idn-domain', idnDomain, 'alice@bu\u0308cher.example', as(`alice@${idnDomain}`)],
  // similar is not the same
  [std, 'one', domain, `\u0430lice@${domain}`, 'authzid-mismatch'],
  [std, 'one', domain, `alice2@${domain}`, 'authzid-mismatch'],
  [std, 'one', domain, `alice@sub.${domain}`, 'authzid-mismatch'],
  [std, 'idn-localpart', domain, `jurgen@${domain}`, 'authzid-mismatch'],
  // a good certificate for one of our domains is none for another
  [std, 'idn-domain', domain, `alice@${idnDomain}`, 'xmpp-addr-foreign-domain'],
  [std, 'one', idnDomain, `alice@${domain}`, 'xmpp-addr-foreign-domain'],
  [std, 'one', idnDomain, `alice@${idnDomain}`, 'authzid-mismatch'],
  // a common name is of whatever domain the stream is
  [named, 'cn-simple', idnDomain, `alice@${idnDomain}`, as(`alice@${idnDomain}`, 'common_name')],
  [named, 'cn-jid', idnDomain, `alice@${domain}`, 'common-name-malformed'],
]

function rowsOf([, certificate, host, authzid, outcome]: Line): readonly Row[] {
  const expected: Expectation =
    typeof outcome === 'string' ? { kind: 'failure', code: outcome, offered: true } : { kind: 'login', ...outcome }
  const subject: Subject = { certificate, shape: 'one', jid: '', host }
  return everyDoor.map((door) => ({ door, subject, form: 'equal', authzid, expected }))
}

const catalogue = createCatalogue(domain)
const contextOf = createContexts(catalogue)

for (const policy of policies) {
  const rows = lines.filter(([name]) => name === policy.name).flatMap(rowsOf)
  if (rows.length === 0) continue
  test(`${policy.name}: ${rows.length} logins`, async () => {
    const setting = { policy, verifyMode: 'peer', disconnectOnFailure: true } as const
    await using server = await startMatrixServer(catalogue, setting)
    using target = targetOf(server, contextOf)
    const report = await runBatch(target, { setting, rows })
    assert.equal(report.problems.length, 0, summary(report))
    assert.equal(report.ran, rows.length)
  })
}

test('every line names a policy of the matrix', () => {
  const names = policies.map(({ name }) => name)
  assert.deepEqual(
    lines.filter(([name]) => !names.includes(name)),
    [],
  )
})
