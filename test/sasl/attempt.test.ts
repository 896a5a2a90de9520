import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow } from '../../src/auth/allow.ts'
import { createAuthority } from '../../src/auth/authority.ts'
import { createPkiBackend } from '../../src/auth/backends/pki.ts'
import type { AuthBackend } from '../../src/auth/contract.ts'
import type { ChainStatus, Channel, Peer, VerifyMode } from '../../src/certificate/channel.ts'
import { parseCertificate } from '../../src/certificate/facts.ts'
import { byBackend, standard } from '../../src/certificate/identity.ts'
import type { Call } from '../../src/observe/call.ts'
import { conditionOf, type ReasonCode } from '../../src/observe/reasons.ts'
import { fail, ok } from '../../src/result.ts'
import { type OpenSession, startAttempt } from '../../src/sasl/attempt.ts'
import { createExternal } from '../../src/sasl/external.ts'
import type { AttemptScene } from '../../src/sasl/scene.ts'
import { createAuthority as createCa, issue } from '../support/pki/certificate.ts'
import { cn, xmppAddr } from '../support/pki/names.ts'

const ca = createCa({ name: 'Test Root CA' })
const parsed = parseCertificate(issue(ca, { subject: [cn('Alice')], san: [xmppAddr('alice@localhost')] }).der)
assert.ok(parsed.ok)
const certificate = parsed.value
const call: Call = { deadline: performance.now() + 60_000, signal: AbortSignal.timeout(60_000) }
const trusted: ChainStatus = { kind: 'trusted', chain: [] }
const tls = { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', resumed: false, serverName: null }

function sceneWith(
  changes: {
    peer?: Peer
    verifyMode?: VerifyMode
    tls?: Channel['tls']
    backends?: AuthBackend[]
  } & Partial<AttemptScene> = {},
): AttemptScene {
  const {
    peer = { kind: 'certificate', certificate, chain: trusted },
    backends = [createPkiBackend()],
    ...rest
  } = changes
  const channel: Channel = {
    transport: 'tcp',
    remote: '127.0.0.1:1',
    tls: 'tls' in changes ? (changes.tls ?? null) : tls,
    peer,
  }
  return {
    listener: 'c2s',
    transport: 'tcp',
    channel,
    verifyMode: 'peer',
    domain: 'localhost',
    from: null,
    mechanisms: [createExternal([standard])],
    authority: createAuthority(backends),
    ...rest,
  }
}

const opens: OpenSession<string> = async (account) => ok(`session of ${account.jid.local}`)
const bytes = (text: string) => new TextEncoder().encode(text)

async function run(scene: AttemptScene, response: Uint8Array | null = null, open = opens, name = 'EXTERNAL') {
  const step = await startAttempt(scene, name, open).step(response, call)
  assert.notEqual(step.kind, 'challenge')
  return step as Exclude<typeof step, { kind: 'challenge' }>
}

async function assertDenied(code: ReasonCode, scene: AttemptScene, response: Uint8Array | null = null, open = opens) {
  const { kind, decision } = await run(scene, response, open)
  assert.equal(kind, 'denied')
  assert.equal(decision.outcome.kind === 'deny' && decision.outcome.code, code)
  assert.equal(decision.outcome.kind === 'deny' && decision.outcome.condition, conditionOf(code))
  return decision
}

test('a certificate with one xmppAddr logs in, and the record says how', async () => {
  const step = await run(sceneWith())
  assert.equal(step.kind === 'allowed' && step.session, 'session of alice')
  const { decision } = step
  assert.deepEqual(decision.outcome, { kind: 'allow', jid: 'alice@localhost', via: 'standard' })
  assert.equal(decision.certificate?.sha256, certificate.sha256)
  assert.deepEqual(decision.chain, { status: 'trusted', acceptable: true })
  assert.deepEqual(
    decision.identity.map(({ rule, answer }) => [rule, answer]),
    [['standard', 'jid']],
  )
  assert.deepEqual(
    decision.backends.map(({ backend, verdict }) => [backend, verdict]),
    [['pki', 'allow']],
  )
})

test('an empty response and an absent one mean the same', async () => {
  assert.equal((await run(sceneWith(), new Uint8Array())).kind, 'allowed')
  assert.equal((await run(sceneWith(), null)).kind, 'allowed')
})

test('the authorization identity may carry a resource', async () => {
  const step = await run(sceneWith(), bytes('alice@localhost/profanity'))
  assert.equal(step.kind, 'allowed')
  assert.equal(step.decision.authzid, 'alice@localhost/profanity')
})

const refusedPeers: readonly [ReasonCode, Parameters<typeof sceneWith>[0]][] = [
  ['tls-required', { tls: null }],
  ['certificate-not-requested', { verifyMode: 'none' }],
  ['certificate-missing', { peer: { kind: 'none' } }],
  ['certificate-unreadable', { peer: { kind: 'unreadable', sha256: '', fault: { field: 'version', why: 'is 4' } } }],
  ['session-resumed', { tls: { ...tls, resumed: true } }],
  ['chain-self-signed', { peer: { kind: 'certificate', certificate, chain: { kind: 'self-signed' } } }],
  [
    'chain-expired',
    {
      peer: {
        kind: 'certificate',
        certificate,
        chain: { kind: 'untrusted', code: 'chain-expired', text: 'since yesterday' },
      },
    },
  ],
]

for (const [code, changes] of refusedPeers) {
  test(`EXTERNAL by name is refused with ${code}, and no backend is asked`, async () => {
    const decision = await assertDenied(code, sceneWith(changes))
    assert.deepEqual(decision.backends, [])
    assert.deepEqual(decision.identity, [])
  })
}

const refusedResponses: readonly [ReasonCode, Uint8Array][] = [
  ['authzid-malformed', Uint8Array.of(0xff)],
  ['authzid-malformed', bytes('@localhost')],
  ['authzid-malformed', bytes('localhost')],
  ['authzid-malformed', bytes('a\u0000b@localhost')],
  ['authzid-mismatch', bytes('bob@localhost')],
  ['response-too-long', bytes(`${'a'.repeat(4000)}@localhost`)],
]

for (const [code, response] of refusedResponses) {
  test(`authorization identity ${JSON.stringify(new TextDecoder().decode(response).slice(0, 20))} is refused: ${code}`, async () => {
    await assertDenied(code, sceneWith(), response)
  })
}

test('the from of another user ends the attempt before any backend is asked', async () => {
  const decision = await assertDenied(
    'stream-from-mismatch',
    sceneWith({ from: { local: 'bob', domain: 'localhost' } }),
  )
  assert.deepEqual(decision.backends, [])
})

/** A backend that knows everybody by another name. */
const renaming: AuthBackend = {
  name: 'renaming',
  takes: ['certificate'],
  judge: (claim) => {
    const verdict = allow(claim)
    return { ...verdict, account: { ...verdict.account, jid: { local: 'carol', domain: 'localhost' } } }
  },
  [Symbol.asyncDispose]: async () => undefined,
}

test('a backend may let another account in, unless the client named one', async () => {
  const step = await run(sceneWith({ backends: [renaming] }))
  assert.equal(step.kind === 'allowed' && step.session, 'session of carol')
  const asked = await assertDenied('authzid-mismatch', sceneWith({ backends: [renaming] }), bytes('alice@localhost'))
  assert.equal(
    asked.outcome.kind === 'deny' && asked.outcome.why,
    'it is alice@localhost, and the backend lets carol@localhost in',
  )
  const from = { local: 'alice', domain: 'localhost' }
  await assertDenied('stream-from-mismatch', sceneWith({ backends: [renaming], from }))
})

test('a session host that is down makes a temporary failure of an allowed login', async () => {
  const decision = await assertDenied('session-unavailable', sceneWith(), null, async () =>
    fail({ why: 'store locked' }),
  )
  assert.equal(decision.outcome.kind === 'deny' && decision.outcome.why, 'store locked')
  assert.equal(decision.backends[0]?.verdict, 'allow')
})

test('a mechanism that nobody configured, and one that no backend can judge, are unknown', async () => {
  const unknown = await run(sceneWith(), null, opens, 'PLAIN')
  assert.equal(unknown.decision.outcome.kind === 'deny' && unknown.decision.outcome.code, 'mechanism-unknown')
  await assertDenied('mechanism-unknown', sceneWith({ backends: [] }))
})

test('the name of an unknown mechanism is cut in the record', async () => {
  const { decision } = await run(sceneWith(), null, opens, 'X'.repeat(5000))
  assert.equal(decision.mechanism, 'X'.repeat(32))
})

test('whatever throws on the way is a refusal with a record, and nobody is let in', async () => {
  const rule = { name: 'broken', trustsClient: false, answer: (): never => assert.fail('a defect in a rule') }
  const byRule = await assertDenied('internal-fault', sceneWith({ mechanisms: [createExternal([rule])] }))
  assert.equal(byRule.outcome.kind === 'deny' && byRule.outcome.why, 'a defect in a rule')
  const byHost = await assertDenied('internal-fault', sceneWith(), null, () => Promise.reject(new Error('host gone')))
  assert.equal(byHost.outcome.kind === 'deny' && byHost.outcome.why, 'host gone')
})

test('the record is concluded in the same step, once; what fails there is thrown, and makes no second one', async () => {
  const told: unknown[] = []
  const attempt = startAttempt(sceneWith(), 'EXTERNAL', opens, (...heard) => void told.push(heard))
  const step = await attempt.step(null, call)
  assert.equal(step.kind, 'allowed')
  assert.deepEqual(told, [[step.decision, { local: 'alice', domain: 'localhost' }]])
  const untold = startAttempt(sceneWith(), 'EXTERNAL', opens)
  assert.equal(untold.deny('exchange-aborted', '').outcome.kind, 'deny')
  let records = 0
  const broken = startAttempt(sceneWith(), 'EXTERNAL', opens, () => {
    records += 1
    throw new Error('a defect in the log')
  })
  await assert.rejects(async () => broken.step(null, call), { message: 'a defect in the log' })
  assert.equal(records, 1)
})

/** A backend that lets in whom it is told to; null for whoever the claim names. */
function naming(local: string | null): AuthBackend {
  return {
    ...{ name: 'own', takes: ['certificate'] },
    judge: (claim) => allow(local === null ? claim : { ...claim, jid: { local, domain: 'localhost' } }),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

const byBackendScene = (local: string | null, more: Partial<AttemptScene> = {}) =>
  sceneWith({ mechanisms: [createExternal([byBackend])], backends: [naming(local)], ...more })

test('by_backend: whom the backend names is let in, by name or without', async () => {
  for (const response of [null, bytes('alice@localhost'), bytes('ALICE@localhost')]) {
    const { kind, decision } = await run(byBackendScene('alice'), response)
    assert.equal(kind, 'allowed')
    assert.deepEqual(decision.outcome, { kind: 'allow', jid: 'alice@localhost', via: 'by_backend' })
    assert.deepEqual(decision.identity, [{ rule: 'by_backend', answer: 'jid', detail: 'whoever the backend says' }])
  }
})

test('by_backend: the stand-in, another name and another stream are refused', async () => {
  await assertDenied('no-identity', byBackendScene(null))
  await assertDenied('no-identity', byBackendScene(null), bytes('alice@localhost'))
  await assertDenied('no-identity', byBackendScene(null), bytes(`${certificate.sha256}@localhost`))
  await assertDenied('authzid-mismatch', byBackendScene('alice'), bytes('bob@localhost'))
  await assertDenied('authzid-foreign-domain', byBackendScene('alice'), bytes('alice@elsewhere.example'))
  const from = { local: 'bob', domain: 'localhost' }
  await assertDenied('stream-from-mismatch', byBackendScene('alice', { from }))
  await assertDenied('stream-from-mismatch', byBackendScene('alice', { from }), bytes('alice@localhost'))
})

test('by_backend: a method that names nobody leaves it to the next', async () => {
  const scene = byBackendScene(null, { authority: createAuthority([createPkiBackend(), naming('alice')]) })
  const { decision } = await run(scene)
  assert.deepEqual(
    decision.backends.map(({ backend, verdict }) => `${backend}: ${verdict}`),
    ['pki: unknown', 'own: allow'],
  )
})
