import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPasswordChecker, type PasswordPolicy } from '../../src/auth/passwords/checking.ts'
import { madeUpSecrets } from '../../src/auth/passwords/made-up.ts'
import { deriveSecrets } from '../../src/auth/passwords/scram-keys.ts'
import { parseScram } from '../../src/auth/passwords/stored-password.ts'
import { createTurns } from '../../src/auth/passwords/turns.ts'

const scram: PasswordPolicy = { format: 'scram', hashes: ['sha', 'sha256'], iterations: 4096 }
const plain: PasswordPolicy = { ...scram, format: 'plain' }
const alice = { local: 'alice', domain: 'localhost' }
const secret = Buffer.alloc(32, 1)

for (const policy of [scram, plain]) {
  test(`stored as ${policy.format}, the password matches and others do not`, async () => {
    const checker = createPasswordChecker(policy, secret)
    const stored = await checker.store('corr\u00adect')
    assert.equal(stored?.kind, policy.format)
    assert.equal(await checker.matches(stored, 'correct'), true)
    assert.equal(await checker.matches(stored, 'Correct'), false)
    assert.equal(await checker.matches(stored, 'correct '), false)
    assert.equal(await checker.matches(stored, ''), false)
    assert.equal(await checker.store(''), null)
    assert.equal(await checker.store('\u0000'), null)
  })
}

test('nobody has a password, and an empty one in the table never matches', async () => {
  const checker = createPasswordChecker(plain, secret)
  assert.equal(await checker.matches(null, 'secret'), false)
  assert.equal(await checker.matches({ kind: 'plain', password: '' }, ''), false)
  assert.equal(await checker.secretsOf({ kind: 'plain', password: '' }, alice, 'sha'), null)
})

test('a password in clear matches as it stands, even where no preparation takes it', async () => {
  const checker = createPasswordChecker(plain, secret)
  assert.equal(await checker.matches({ kind: 'plain', password: 'a\u0007' }, 'a\u0007'), true)
  assert.equal(await checker.matches({ kind: 'plain', password: 'a\u0007' }, 'b\u0007'), false)
  assert.equal(await checker.matches({ kind: 'plain', password: 'I\u00adX' }, '\u2168'), true)
})

test('secrets of a password in clear have the salt that an account without one would show', async () => {
  const checker = createPasswordChecker(plain, secret)
  const found = await checker.secretsOf({ kind: 'plain', password: 'pencil' }, alice, 'sha256')
  const madeUp = madeUpSecrets(alice, 'sha256', 4096, secret)
  assert.deepEqual(found?.salt, madeUp.salt)
  assert.equal(found.iterations, madeUp.iterations)
  assert.equal(found.storedKey.length, madeUp.storedKey.length)
  assert.notDeepEqual(madeUpSecrets({ ...alice, local: 'bob' }, 'sha256', 4096, secret).salt, madeUp.salt)
  assert.notDeepEqual(madeUpSecrets(alice, 'sha', 4096, secret).salt, madeUp.salt)
})

test('a hash that is not stored has no secrets', async () => {
  const checker = createPasswordChecker(scram, secret)
  const legacy = parseScram(
    '==SCRAM==,tmi5IE+9pceRV/jkPLFHEaVY33c=,MiWNa8T3dniVDwmh77ufJ41fpAQ=,inKXODlSY5y5SCsLxibi0w==,4096',
  )
  assert.equal((await checker.secretsOf(legacy, alice, 'sha'))?.iterations, 4096)
  assert.equal(await checker.secretsOf(legacy, alice, 'sha512'), null)
  assert.equal(await checker.secretsOf(null, alice, 'sha'), null)
  assert.equal(await checker.matches(legacy, 'misio'), true)
})

test('nobody, a wrong password, fewer stored iterations and a password in clear cost the same work', async () => {
  const policy: PasswordPolicy = { ...scram, iterations: 5000 }
  const few = await createPasswordChecker({ ...policy, iterations: 4096 }, secret).store('pencil')
  const full = await createPasswordChecker(policy, secret).store('pencil')
  let spent = 0
  const checker = createPasswordChecker(policy, secret, (password, like) => {
    spent += like.iterations
    return deriveSecrets(password, like)
  })
  const cost = async (stored: typeof full): Promise<number> => {
    spent = 0
    assert.equal(await checker.matches(stored, 'wrong'), false)
    return spent
  }
  const costs = [await cost(null), await cost(full), await cost(few), await cost({ kind: 'plain', password: 'pencil' })]
  assert.deepEqual(costs, [5000, 5000, 5000, 5000])
})

test('work takes turns, in order, and a full queue refuses', async () => {
  const turn = createTurns(1, 1)
  const order: string[] = []
  const gate = Promise.withResolvers<void>()
  const first = turn(async () => {
    await gate.promise
    order.push('first')
  })
  const second = turn(async () => void order.push('second'))
  await assert.rejects(
    turn(async () => undefined),
    /too many passwords/,
  )
  gate.resolve()
  await Promise.all([first, second])
  await assert.rejects(
    turn(() => Promise.reject(new Error('broken'))),
    /broken/,
  )
  await turn(async () => void order.push('third'))
  assert.deepEqual(order, ['first', 'second', 'third'])
})
