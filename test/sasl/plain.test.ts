import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ReasonCode } from '../../src/observe/reasons.ts'
import type { MechanismContext } from '../../src/sasl/mechanism.ts'
import { plain } from '../../src/sasl/plain.ts'

const tls = { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', resumed: false, serverName: null }
const context: MechanismContext = {
  channel: { transport: 'tcp', remote: '127.0.0.1:1', tls, peer: { kind: 'none' } },
  verifyMode: 'peer',
  domain: 'localhost',
}
const clear: MechanismContext = { ...context, channel: { ...context.channel, tls: null } }
const bytes = (text: string) => new TextEncoder().encode(text)
const jid = { local: 'alice', domain: 'localhost' }

const taken: readonly (readonly [string, string, string | null, string])[] = [
  ['a name and a password', '\0alice\0secret', null, 'secret'],
  ['a name in another case', '\0ALICE\0Secret', null, 'Secret'],
  ['an authorization identity that is the same', 'alice@localhost\0alice\0secret', 'alice@localhost', 'secret'],
  ['one with a resource', 'alice@localhost/phone\0alice\0secret', 'alice@localhost/phone', 'secret'],
  ['a password that is not ASCII', '\0alice\0I\u00adX\u{1f511}', null, 'I\u00adX\u{1f511}'],
  ['a byte order mark that belongs to the password', '\0alice\0\ufeffx', null, '\ufeffx'],
]

for (const [what, message, authzid, password] of taken) {
  test(`taken: ${what}`, () => {
    const step = plain.start(context).step(bytes(message))
    assert.deepEqual(step, { kind: 'claim', claim: { kind: 'password', jid, password }, authzid, identity: [] })
  })
}

const refused: readonly (readonly [string, string | Uint8Array, ReasonCode])[] = [
  ['nothing', '', 'response-malformed'],
  ['one field', 'alice', 'response-malformed'],
  ['two fields', 'alice\0secret', 'response-malformed'],
  ['four fields', '\0alice\0sec\0ret', 'response-malformed'],
  ['an empty password', '\0alice\0', 'response-malformed'],
  ['an empty name', '\0\0secret', 'response-malformed'],
  ['a name that is a JID', '\0alice@localhost\0secret', 'password-malformed'],
  ['a name with a space', '\0al ice\0secret', 'password-malformed'],
  ['somebody else', 'bob@localhost\0alice\0secret', 'authzid-mismatch'],
  ['the same name at another domain', 'alice@example.org\0alice\0secret', 'authzid-mismatch'],
  ['an authorization identity without localpart', 'localhost\0alice\0secret', 'authzid-malformed'],
  ['an authorization identity that is no JID', '@\0alice\0secret', 'authzid-malformed'],
  ['not UTF-8', Uint8Array.of(0, 0x61, 0, 0xff), 'response-malformed'],
  ['more than it can be', `\0alice\0${'x'.repeat(5000)}`, 'response-too-long'],
]

for (const [what, message, code] of refused) {
  test(`refused: ${what}`, () => {
    const step = plain.start(context).step(typeof message === 'string' ? bytes(message) : message)
    assert.equal(step.kind, 'fail')
    assert.equal(step.kind === 'fail' && step.code, code)
    assert.ok(!JSON.stringify(step).includes('secret'))
  })
}

test('in clear it is neither offered nor taken', () => {
  assert.equal(plain.refusal(context), null)
  assert.equal(plain.refusal(clear), 'tls-required')
  const step = plain.start(clear).step(bytes('\0alice\0secret'))
  assert.equal(step.kind === 'fail' && step.code, 'tls-required')
})

test('without an initial response there is an empty challenge, once', () => {
  const exchange = plain.start(context)
  assert.deepEqual(exchange.step(null), { kind: 'challenge', data: new Uint8Array() })
  const step = exchange.step(null)
  assert.equal(step.kind === 'fail' && step.code, 'response-malformed')
})
