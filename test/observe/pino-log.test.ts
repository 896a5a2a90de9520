/** What a log line holds, and what it must never hold. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LogFields } from '../../src/observe/log.ts'
import { createPinoLog } from '../../src/observe/pino-log.ts'

function lineOf(fields: LogFields): Record<string, unknown> {
  const lines: string[] = []
  const log = createPinoLog({ level: 'info', form: 'json', destination: { write: (line) => void lines.push(line) } })
  log.info('signet_ready', fields)
  assert.equal(lines.length, 1)
  const { time, ...line } = JSON.parse(lines[0] ?? '')
  assert.match(time, /^\d{4}-\d\d-\d\dT/)
  return line
}

const names = ['password', 'passphrase', 'key', 'token']

for (const name of names) {
  test(`the value of ${name} is removed on the first level and the second, and its neighbours stay`, () => {
    const fields = { listener: 'a', [name]: 'hush', tls: { mode: 'tls', [name]: 'hush' } }
    assert.deepEqual(lineOf(fields), {
      level: 'info',
      event: 'signet_ready',
      listener: 'a',
      [name]: '[removed]',
      tls: { mode: 'tls', [name]: '[removed]' },
    })
    assert.equal(fields[name], 'hush')
  })
}

test('fields without secrets are written as they are', () => {
  const fields = { remote: '127.0.0.1:1', nothing: null, list: [1, { key: 'of a list' }], nested: { a: { b: 1 } } }
  assert.deepEqual(lineOf(fields), { level: 'info', event: 'signet_ready', ...fields })
})

test('a cause is written with its message and type', () => {
  const { cause } = lineOf({ cause: new TypeError('broken') })
  const { type, message } = cause as Record<string, unknown>
  assert.deepEqual({ type, message }, { type: 'TypeError', message: 'broken' })
})
