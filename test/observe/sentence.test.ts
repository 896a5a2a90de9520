import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Decision } from '../../src/observe/decision.ts'
import { createPinoLog } from '../../src/observe/pino-log.ts'
import { decisionSentence, printable, sentence } from '../../src/observe/sentence.ts'

const allowed: Decision = {
  id: '01234567-89ab-4cde-8f01-23456789abcd',
  time: '2026-01-02T03:04:05.000Z',
  listener: 'c2s 127.0.0.1:5222',
  transport: 'tcp',
  remote: '127.0.0.1:40000',
  domain: 'localhost',
  mechanism: 'EXTERNAL',
  tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', resumed: false },
  certificate: { subject: 'CN=Alice', issuer: 'CN=CA', serial: '01', sha256: 'ab', notBefore: '', notAfter: '' },
  chain: { status: 'trusted', acceptable: true },
  revocation: { status: 'not-checked', source: null },
  authzid: null,
  identity: [],
  names: [],
  backends: [{ backend: 'pki', verdict: 'allow', tookMs: 0.1 }],
  outcome: { kind: 'allow', jid: 'alice@localhost', via: 'standard' },
  tookMs: 1,
}

test('a login is one line: who, by what, through which door', () => {
  assert.equal(
    decisionSentence(allowed, { good: (t) => t, bad: (t) => t, dim: (t) => t, bold: (t) => t }),
    'allow alice@localhost  by "CN=Alice", rule standard, backend pki  127.0.0.1:40000 on c2s 127.0.0.1:5222',
  )
})

test('a refusal is one line: reason, condition, meaning, what to do, record', () => {
  const outcome = { kind: 'deny', code: 'chain-expired', condition: 'not-authorized', why: 'since yesterday' } as const
  const line = sentence('login_decision_made', { ...allowed, outcome })
  assert.match(
    line,
    /^deny {2}chain-expired → not-authorized {2}"CN=Alice": .*: since yesterday; renew the certificate/,
  )
  assert.match(line, /01234567$/)
})

test('what a peer wrote cannot drive the terminal', () => {
  const line = sentence('login_decision_made', {
    ...allowed,
    authzid: '\u001b[2J\u202Ealice',
    outcome: {
      kind: 'deny',
      code: 'authzid-malformed',
      condition: 'invalid-authzid',
      why: '\r\n',
    },
  })
  assert.ok(!/[\p{Cc}\p{Cf}]/u.test(line), line)
  assert.ok(line.includes('\\u{1b}[2J\\u{202e}alice'), line)
  assert.equal(printable('a\u0000b'), 'a\\u{0}b')
})

test('JSON lines carry event, level and fields; what is called a password is removed', () => {
  const written: string[] = []
  const log = createPinoLog({ level: 'info', form: 'json', destination: { write: (text) => void written.push(text) } })
  log.debug('connection_opened')
  log.info('listener_ready', { port: 5222, password: 'secret', tls: { passphrase: 'secret' } })
  assert.equal(written.length, 1)
  const line = JSON.parse(written[0] ?? '')
  assert.equal(line.event, 'listener_ready')
  assert.equal(line.level, 'info')
  assert.equal(line.port, 5222)
  assert.equal(line.password, '[removed]')
  assert.equal(line.tls.passphrase, '[removed]')
})
