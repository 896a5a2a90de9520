/** SCRAM against the vectors of its RFCs, message by message, and everything that can be bent on the way. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ScramHash, ScramSecrets } from '../../src/auth/contract.ts'
import { deriveSecrets } from '../../src/auth/passwords/scram-keys.ts'
import type { ChannelBindings } from '../../src/certificate/channel.ts'
import type { ReasonCode } from '../../src/observe/reasons.ts'
import type { Exchange, MechanismContext, MechanismStep, SecretsAnswer } from '../../src/sasl/mechanism.ts'
import { createScram, type ScramParts } from '../../src/sasl/scram/scram.ts'
import { clientFinal } from '../support/scram-client.ts'

const account = { jid: { local: 'user', domain: 'localhost' }, certificateSha256: null, certificateNotAfter: null }
const tls = { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', resumed: false, serverName: null }
const exporter = Buffer.alloc(32, 9)
const bindings: ChannelBindings = { data: (type) => (type === 'tls-exporter' ? exporter : null) }
const bytes = (text: string) => new TextEncoder().encode(text)

function contextWith(channel: Partial<MechanismContext['channel']> = {}): MechanismContext {
  return {
    channel: { transport: 'tcp', remote: '127.0.0.1:1', tls, peer: { kind: 'none' }, ...channel },
    verifyMode: 'peer',
    domain: 'localhost',
  }
}

function start(parts: Partial<ScramParts> = {}, context = contextWith({ bindings })): Exchange {
  const all = { hash: 'sha256', isPlus: false, isPlusOffered: true, iterations: 4096, ...parts } as const
  return createScram(all).start(context)
}

async function secretsOf(password: string, hash: ScramHash, salt: string): Promise<ScramSecrets> {
  return deriveSecrets(password, { hash, salt: Buffer.from(salt, 'base64'), iterations: 4096 })
}

function lookUp(step: MechanismStep, answer: SecretsAnswer): string {
  assert.equal(step.kind, 'lookup')
  const next = step.kind === 'lookup' ? step.resume(answer) : assert.fail()
  assert.equal(next.kind, 'challenge')
  return next.kind === 'challenge' ? Buffer.from(next.data).toString() : assert.fail()
}

function assertFails(step: MechanismStep, code: ReasonCode, why?: RegExp): void {
  assert.equal(step.kind, 'fail')
  assert.equal(step.kind === 'fail' && step.code, code)
  if (why !== undefined && step.kind === 'fail') assert.match(step.why, why)
}

const vectors = [
  {
    hash: 'sha',
    first: 'n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL',
    nonce: '3rfcNHYJY1ZVvWVs7j',
    salt: 'QSXCR+Q6sek8bf92',
    challenge: 'r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096',
    final: 'c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
    success: 'v=rmF9pqV8S7suAoZWja4dJRkFsKQ=',
  },
  {
    hash: 'sha256',
    first: 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
    nonce: '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
    salt: 'W22ZaJ0SNY7soEsUEjb6gQ==',
    challenge: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    final: 'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    success: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  },
] as const

for (const vector of vectors) {
  test(`the example of the RFC for ${vector.hash}`, async () => {
    const exchange = start({ hash: vector.hash, drawNonce: () => vector.nonce })
    const secrets = await secretsOf('pencil', vector.hash, vector.salt)
    const challenge = lookUp(exchange.step(bytes(vector.first)), { kind: 'found', secrets, account })
    assert.equal(challenge, vector.challenge)
    const end = exchange.step(bytes(vector.final))
    assert.equal(end.kind, 'proved')
    assert.equal(end.kind === 'proved' && Buffer.from(end.data).toString(), vector.success)
    assert.equal(end.kind === 'proved' && end.account, account)
  })
}

for (const hash of ['sha', 'sha224', 'sha256', 'sha384', 'sha512'] as const) {
  test(`${hash} with channel binding proves both sides to each other`, async () => {
    const exchange = start({ hash, isPlus: true })
    const secrets = await secretsOf('pencil', hash, 'W22ZaJ0SNY7soEsUEjb6gQ==')
    const gs2 = 'p=tls-exporter,,'
    const bare = 'n=User,r=abc'
    const challenge = lookUp(exchange.step(bytes(gs2 + bare)), { kind: 'found', secrets, account })
    const final = await clientFinal({ hash, password: 'pencil', gs2, bare, challenge, binding: exporter })
    const end = exchange.step(bytes(final.message))
    assert.equal(end.kind === 'proved' && Buffer.from(end.data).toString(), final.expected)
  })
}

const found = async (): Promise<SecretsAnswer> => ({
  kind: 'found',
  secrets: await secretsOf('pencil', 'sha256', 'W22ZaJ0SNY7soEsUEjb6gQ=='),
  account,
})

interface Run {
  readonly parts?: Partial<ScramParts>
  readonly gs2?: string
  readonly password?: string
  readonly answer?: SecretsAnswer
  readonly binding?: Uint8Array
  readonly bend?: (message: string) => string
  /** Bends what is proved, before it is. */
  readonly bendProved?: (withoutProof: string) => string
  readonly context?: MechanismContext
}

async function run(settings: Run): Promise<MechanismStep> {
  const { parts = {}, gs2 = 'n,,', password = 'pencil', binding = new Uint8Array(), bend = (text) => text } = settings
  const exchange = start(parts, settings.context)
  const bare = 'n=user,r=abc'
  const challenge = lookUp(exchange.step(bytes(gs2 + bare)), settings.answer ?? (await found()))
  const proved = settings.bendProved === undefined ? {} : { bend: settings.bendProved }
  const final = await clientFinal({ hash: 'sha256', password, gs2, bare, challenge, binding, ...proved })
  return exchange.step(bytes(bend(final.message)))
}

const bent: readonly (readonly [string, Run, ReasonCode])[] = [
  ['another password', { password: 'pencil ' }, 'password-wrong'],
  ['nobody', { answer: { kind: 'unknown' } }, 'account-unknown'],
  ['somebody refused', { answer: { kind: 'deny', code: 'backend-denied', why: 'locked' } }, 'backend-denied'],
  ['a shorter proof', { bend: (text) => text.replace(/p=.*/, 'p=AAAA') }, 'password-wrong'],
  ['no proof', { bend: (text) => text.replace(/,p=.*/, '') }, 'response-malformed'],
  ['a proof that is no base64', { bend: (text) => `${text}!` }, 'response-malformed'],
  ['another nonce', { bend: (text) => text.replace('r=abc', 'r=abd') }, 'response-malformed'],
  ['the client’s nonce alone', { bend: (text) => text.replace(/r=[^,]*/, 'r=abc') }, 'response-malformed'],
  ['another gs2 header', { bend: (text) => text.replace('c=biws', 'c=eSws') }, 'channel-binding-mismatch'],
  ['an extension that was not proved', { bend: (text) => text.replace(',p=', ',x=1,p=') }, 'password-wrong'],
  ['an empty final message', { bend: () => '' }, 'response-malformed'],
  [
    'the binding of another connection',
    { parts: { isPlus: true }, gs2: 'p=tls-exporter,,', binding: Buffer.alloc(32, 8) },
    'channel-binding-mismatch',
  ],
  ['no binding', { parts: { isPlus: true }, gs2: 'p=tls-exporter,,' }, 'channel-binding-mismatch'],
]

for (const [what, settings, code] of bent) {
  test(`refused: ${what}`, async () => assertFails(await run(settings), code))
}

const firsts: readonly (readonly [string, string, Partial<ScramParts>, ReasonCode])[] = [
  ['the -PLUS mechanisms were taken away', 'y,,n=user,r=abc', {}, 'channel-binding-mismatch'],
  ['-PLUS without binding', 'n,,n=user,r=abc', { isPlus: true }, 'response-malformed'],
  ['-PLUS with y', 'y,,n=user,r=abc', { isPlus: true }, 'response-malformed'],
  ['binding without -PLUS', 'p=tls-exporter,,n=user,r=abc', {}, 'response-malformed'],
  ['tls-unique', 'p=tls-unique,,n=user,r=abc', { isPlus: true }, 'channel-binding-unsupported'],
  [
    'a type that this channel lacks',
    'p=tls-server-end-point,,n=user,r=abc',
    { isPlus: true },
    'channel-binding-unsupported',
  ],
  ['another flag', 'q,,n=user,r=abc', {}, 'response-malformed'],
  ['an empty message', '', {}, 'response-malformed'],
  ['no gs2 header', 'n=user,r=abc', {}, 'response-malformed'],
  ['no nonce', 'n,,n=user', {}, 'response-malformed'],
  ['an empty nonce', 'n,,n=user,r=', {}, 'response-malformed'],
  ['a nonce with a space', 'n,,n=user,r=a b', {}, 'response-malformed'],
  ['a nonce of 257 characters', `n,,n=user,r=${'a'.repeat(257)}`, {}, 'response-malformed'],
  ['an empty user name', 'n,,n=,r=abc', {}, 'response-malformed'],
  ['a bare equals sign', 'n,,n=us=er,r=abc', {}, 'response-malformed'],
  ['a lower-case escape', 'n,,n=us=2cer,r=abc', {}, 'response-malformed'],
  ['a NUL', 'n,,n=us\0er,r=abc', {}, 'response-malformed'],
  ['junk behind the nonce', 'n,,n=user,r=abc,junk', {}, 'response-malformed'],
  ['5000 octets', `n,,n=${'u'.repeat(5000)},r=abc`, {}, 'response-malformed'],
  ['a user name that is none', 'n,,n=us@er,r=abc', {}, 'password-malformed'],
  ['somebody else’s authorization identity', 'n,a=bob@localhost,n=user,r=abc', {}, 'authzid-mismatch'],
  ['the same name at another domain', 'n,a=user@example.org,n=user,r=abc', {}, 'authzid-mismatch'],
  ['an authorization identity without localpart', 'n,a=localhost,n=user,r=abc', {}, 'authzid-malformed'],
  ['an empty authorization identity', 'n,a=,n=user,r=abc', {}, 'response-malformed'],
]

for (const [what, message, parts, code] of firsts) {
  test(`refused at once: ${what}`, () => assertFails(start(parts).step(bytes(message)), code))
}

/** RFC 5802 §5.1, §7: where `m=` may stand, and where nothing may. */
const demands = ['n,,m=1,n=user,r=abc', 'n,,n=user,m=1,r=abc', 'n,,n=user,r=abc,m=1', 'n,,n=user,r=abc,x=1,m=1,y=2']

for (const message of demands) {
  test(`a demand for an extension ends it: ${message}`, () => {
    assertFails(
      start().step(bytes(message)),
      'response-malformed',
      /^it demands an extension \(m=\), and none is known$/,
    )
  })
}

for (const [what, bend] of [
  ['first', (text: string) => `m=1,${text}`],
  ['before the nonce', (text: string) => text.replace(',r=', ',m=1,r=')],
  ['behind the nonce', (text: string) => text.replace(/,r=[^,]*/, '$&,m=1')],
  ['behind another extension', (text: string) => text.replace(/,r=[^,]*/, '$&,x=1,m=1')],
] as const) {
  test(`a demand for an extension ends it in the final message, with the right proof too: ${what}`, async () => {
    assertFails(await run({ bendProved: bend }), 'response-malformed', /^it demands an extension \(m=\)/)
  })
}

test('an extension that demands nothing, or is called M, is passed over', async () => {
  assert.equal(start().step(bytes('n,,n=user,r=abc,M=1,x=m=1')).kind, 'lookup')
  const end = await run({ bendProved: (text) => text.replace(/,r=[^,]*/, '$&,x=m=1,M=1') })
  assert.equal(end.kind, 'proved')
})

test('y is fine where no -PLUS is on offer, or nothing to bind to', () => {
  assert.equal(start({ isPlusOffered: false }).step(bytes('y,,n=user,r=abc')).kind, 'lookup')
  assert.equal(start({}, contextWith()).step(bytes('y,,n=user,r=abc')).kind, 'lookup')
})

test('not UTF-8 is refused, and so is everything in clear', () => {
  assertFails(start().step(Uint8Array.of(0x6e, 0x2c, 0x2c, 0xff)), 'response-malformed', /UTF-8/)
  assertFails(start({}, contextWith({ tls: null })).step(bytes('n,,n=user,r=abc')), 'tls-required')
})

test('the user name is unescaped and prepared; an authzid may name the same account', () => {
  const step = start().step(bytes('n,a=user=3Dx@LOCALHOST,n=USER=3Dx,r=abc'))
  assert.deepEqual(step.kind === 'lookup' && step.jid, { local: 'user=x', domain: 'localhost' })
})

test('without an initial response there is an empty challenge, once', () => {
  const exchange = start()
  const step = exchange.step(null)
  assert.deepEqual(step, { kind: 'challenge', data: new Uint8Array() })
  assertFails(exchange.step(null), 'response-malformed')
})

test('nobody’s challenge looks like somebody’s, and stays the same', async () => {
  const shape = /^r=abc[A-Za-z0-9+/]{24},s=([A-Za-z0-9+/]{22}==),i=4096$/
  const challengeOf = (answer: SecretsAnswer) => lookUp(start().step(bytes('n,,n=user,r=abc')), answer)
  const salts = [challengeOf({ kind: 'unknown' }), challengeOf({ kind: 'unknown' })].map(
    (text) => shape.exec(text)?.[1],
  )
  assert.ok(salts[0] !== undefined)
  assert.equal(salts[0], salts[1])
  assert.match(challengeOf(await found()), shape)
})

test('-PLUS is offered where the channel can be bound, and nothing without TLS', () => {
  const mechanism = createScram({ hash: 'sha512', isPlus: true, isPlusOffered: true, iterations: 4096 })
  assert.equal(mechanism.name, 'SCRAM-SHA-512-PLUS')
  assert.equal(mechanism.refusal(contextWith({ bindings })), null)
  assert.equal(mechanism.refusal(contextWith()), 'mechanism-unknown')
  assert.equal(mechanism.refusal(contextWith({ bindings, tls: null })), 'tls-required')
})
