import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAuthority } from '../../src/auth/authority.ts'
import type { AuthBackend, CertificateClaim, Verdict } from '../../src/auth/contract.ts'
import type { Call } from '../../src/observe/call.ts'

const jid = { local: 'alice', domain: 'localhost' }
const claim = { kind: 'certificate', jid } as unknown as CertificateClaim
const call = (ms: number): Call => ({ deadline: performance.now() + ms, signal: AbortSignal.timeout(ms) })

const verdicts: Readonly<Record<Verdict['kind'], Verdict>> = {
  allow: { kind: 'allow', account: { jid, certificateSha256: null, certificateNotAfter: null } },
  deny: { kind: 'deny', code: 'backend-denied', why: 'on a list' },
  unknown: { kind: 'unknown' },
  unavailable: { kind: 'unavailable', cause: new Error('down') },
}

function backend(name: string, judge: AuthBackend['judge']): AuthBackend {
  return { name, takes: ['certificate'], judge, [Symbol.asyncDispose]: async () => undefined }
}

for (const first of Object.values(verdicts)) {
  for (const second of Object.values(verdicts)) {
    const expected = first.kind === 'unknown' ? second.kind : first.kind
    test(`${first.kind} then ${second.kind} is ${expected}`, async () => {
      const asked: string[] = []
      const saying = (name: string, verdict: Verdict) =>
        backend(name, () => {
          asked.push(name)
          return verdict
        })
      const { verdict, steps } = await createAuthority([saying('a', first), saying('b', second)]).judge(
        claim,
        call(1000),
      )
      assert.equal(verdict.kind, expected)
      assert.deepEqual(asked, first.kind === 'unknown' ? ['a', 'b'] : ['a'])
      assert.deepEqual(
        steps.map((step) => step.backend),
        asked,
      )
    })
  }
}

test('no backend at all knows nobody', async () => {
  assert.deepEqual(await createAuthority([]).judge(claim, call(1000)), { verdict: { kind: 'unknown' }, steps: [] })
})

test('a backend that throws is unavailable, and the next one is not asked', async () => {
  const broken = backend('broken', () => {
    throw new Error('a defect')
  })
  const { verdict, steps } = await createAuthority([broken, backend('pki', () => verdicts.allow)]).judge(
    claim,
    call(1000),
  )
  assert.equal(verdict.kind, 'unavailable')
  assert.equal(steps[0]?.detail, 'a defect')
  assert.equal(steps.length, 1)
})

test('a backend that rejects is unavailable', async () => {
  const { verdict } = await createAuthority([backend('broken', () => Promise.reject(new Error('gone')))]).judge(
    claim,
    call(1000),
  )
  assert.equal(verdict.kind === 'unavailable' && verdict.cause.message, 'gone')
})

test('a backend that never answers is unavailable at the deadline', async () => {
  const silent = backend('silent', () => new Promise(() => undefined))
  const { verdict } = await createAuthority([silent]).judge(claim, call(20))
  assert.equal(verdict.kind === 'unavailable' && verdict.cause.message, 'no answer before the deadline')
})

test('a backend that takes other evidence is not asked', async () => {
  const passwords: AuthBackend = { ...backend('rdbms', () => verdicts.deny), takes: [] }
  const authority = createAuthority([passwords, backend('pki', () => verdicts.allow)])
  const { verdict, steps } = await authority.judge(claim, call(1000))
  assert.equal(verdict.kind, 'allow')
  assert.deepEqual(
    steps.map((step) => step.backend),
    ['pki'],
  )
  assert.equal(createAuthority([passwords]).takes('certificate'), false)
})
