/** What a log line holds, and what it must never hold. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LogFields } from '../../src/observe/log.ts'
import { createPinoLog } from '../../src/observe/pino-log.ts'

/** The line of these fields; `info` is written by ourselves and `warn` by pino, to the same effect. */
function lineOf(fields: LogFields): Record<string, unknown> {
  const lines: string[] = []
  const log = createPinoLog({ level: 'info', form: 'json', destination: { write: (line) => void lines.push(line) } })
  log.info('signet_ready', fields)
  log.warn('signet_ready', fields)
  const [own = '', pinos = '', ...more] = lines
  assert.deepEqual(more, [])
  const time = /"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/
  assert.match(own, time)
  assert.equal(own.replace(time, ''), pinos.replace('"warn"', '"info"').replace(time, ''))
  const { time: _time, ...line } = JSON.parse(own)
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

test('a cause is written with its message, type and code, and with what caused it', () => {
  const inner = new Error('refused')
  const error = Object.assign(new TypeError('broken', { cause: inner }), { code: 'EX' })
  const { cause } = lineOf({ cause: error })
  const { stack, ...others } = cause as Record<string, unknown>
  assert.deepEqual(others, { type: 'TypeError', message: 'broken: refused', code: 'EX' })
  assert.equal(stack, `${error.stack}\ncaused by: ${inner.stack}`)
})

test('a line without fields, and one whose fields are none, is whole', () => {
  assert.deepEqual(lineOf({}), { level: 'info', event: 'signet_ready' })
  assert.deepEqual(lineOf({ left: undefined }), { level: 'info', event: 'signet_ready' })
})

test('fields that JSON cannot hold do not throw at whoever logs', () => {
  const round: Record<string, unknown> = {}
  round['self'] = round
  const lines: string[] = []
  const log = createPinoLog({ level: 'info', form: 'json', destination: { write: (line) => void lines.push(line) } })
  log.info('signet_ready', { round })
  assert.match(JSON.parse(lines[0] ?? '').unwritable, /circular/)
})

test('a level below the least is not written, and the least can change', () => {
  const lines: string[] = []
  const log = createPinoLog({ level: 'warn', form: 'json', destination: { write: (line) => void lines.push(line) } })
  const all = () => {
    log.debug('signet_ready')
    log.info('signet_ready')
    log.warn('signet_ready')
    log.error('signet_ready')
    return lines.splice(0).map((line) => JSON.parse(line).level)
  }
  assert.deepEqual(all(), ['warn', 'error'])
  log.setLevel('debug')
  assert.deepEqual(all(), ['debug', 'info', 'warn', 'error'])
  log.setLevel('silent')
  assert.deepEqual(all(), [])
})
