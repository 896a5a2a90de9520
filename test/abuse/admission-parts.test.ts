/** The small parts of admission: whom a connection is counted for, what a ClientHello looks like, how a flood is logged. */

import assert from 'node:assert/strict'
import { Socket } from 'node:net'
import { describe, test } from 'node:test'
import { addressKey } from '../../src/listener/address-key.ts'
import { createAdmission } from '../../src/listener/admission.ts'
import { createFileRoom, reservedFiles } from '../../src/listener/file-room.ts'
import { createFloodLog, linesPerSecond } from '../../src/listener/flood-log.ts'
import { createThinnedLog } from '../../src/listener/thinned-log.ts'
import { shapeOfHello } from '../../src/transport/client-hello.ts'
import { createRecordingLog } from '../support/recording-log.ts'

describe('a connection is counted for', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64%eth0'],
  ]
  for (const [remote, key] of rows) test(`${remote} → ${key}`, () => assert.equal(addressKey(remote), key))
})

describe('the first bytes of a connection', () => {
  const rows: readonly (readonly [string, readonly number[], string])[] = [
    ['nothing', [], 'part'],
    ['a first byte', [22], 'part'],
    ['a header', [22, 3, 1, 0, 2], 'part'],
    ['a whole record', [22, 3, 1, 0, 2, 1, 0], 'whole'],
    ['a record and more', [22, 3, 3, 0, 1, 1, 9, 9], 'whole'],
    ['a stream header in clear', [...Buffer.from('<stream')], 'foreign'],
    ['an alert', [21, 3, 1, 0, 2], 'foreign'],
    ['SSL 2', [0x80, 0x2e, 1], 'foreign'],
    ['another major version', [22, 2], 'foreign'],
    ['an empty record', [22, 3, 1, 0, 0], 'foreign'],
    ['a record that is too long', [22, 3, 1, 0x40, 1], 'foreign'],
    ['the longest record and no more', [22, 3, 1, 0x40, 0, ...Array<number>(16_384).fill(0)], 'whole'],
    ['more than any ClientHello', [22, 3, 1, 0x40, 0, ...Array<number>(16_385).fill(0)], 'flood'],
  ]
  for (const [name, bytes, shape] of rows) {
    test(`${name}: ${shape}`, () => assert.equal(shapeOfHello(Uint8Array.from(bytes)), shape))
  }
})

test('who is turned away is counted by why, and who wanted nothing is not', () => {
  const recording = createRecordingLog()
  const options = { maxConnections: 1, maxConnectionsPerAddress: 1, maxHandshakes: 1, maxHandshakesWaiting: 1 }
  const admission = createAdmission({ name: 'c2s', ...options }, recording)
  const sockets = Array.from({ length: 7 }, () => new Socket())
  const [first, second, ...others] = sockets
  assert.ok(first !== undefined && second !== undefined)
  assert.notEqual(admission.admit(first, options), null)
  assert.equal(admission.admit(second, options), null)
  for (const [index, cause] of (['proxy', 'proxy', 'proxy', 'clear'] as const).entries()) {
    admission.refuse(others[index] ?? new Socket(), cause, 'words')
  }
  admission.dismiss(others[4] ?? new Socket(), 'nothing')
  assert.deepEqual(admission.load.refused, { limit: 1, proxy: 3, clear: 1 })
  assert.deepEqual(
    sockets.map(({ destroyed }) => destroyed),
    [false, true, true, true, true, true, true],
  )
  assert.deepEqual(
    recording.entries.map(({ level, fields }) => [level, fields['why']]),
    [
      ['warn', 'max_connections (1) reached'],
      ['warn', 'words'],
      ['debug', 'nothing'],
    ],
  )
  first.destroy()
  admission.close()
})

test('what comes a thousand times is written twice', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const lines: unknown[] = []
  const log = createThinnedLog((fields) => lines.push(fields), 1_000)
  for (let count = 1; count <= 1_000; count += 1) log.say('full', { remote: count })
  log.say('other', { remote: 'x' })
  assert.deepEqual(lines, [{ remote: 1 }, { remote: 'x' }])
  t.mock.timers.tick(1_000)
  assert.deepEqual(lines.slice(2), [{ remote: 1_000, times: 999 }])
  t.mock.timers.tick(1_000)
  log.say('full', { remote: 'again' })
  assert.deepEqual(lines.slice(3), [{ remote: 'again' }])
  log.say('full', { remote: 'last' })
  log.close()
  assert.deepEqual(lines.slice(4), [{ remote: 'last' }])
})

test('the last files of the process are not for connections, and free ones are found again', () => {
  let at = 0
  let open = 10
  const room = createFileRoom(
    () => ({ open, limit: 10 + reservedFiles + 5 }),
    () => at,
  )
  const taken: (string | null)[] = []
  for (let count = 0; count < 7; count += 1) {
    taken.push(room.take())
    if (taken.at(-1) === null) open += 1
  }
  const words = `open files (${10 + reservedFiles + 5}) used up`
  assert.deepEqual(taken, [null, null, null, null, null, words, words])
  open -= 1
  assert.equal(room.take(), words)
  at += 100
  assert.equal(room.take(), null)
  open += 1
  assert.equal(room.take(), words)
})

test('where nobody counts files, all connections have room', () => {
  const room = createFileRoom(() => null)
  for (let count = 0; count < 100; count += 1) assert.equal(room.take(), null)
})

test('what strangers cause fills a log at a bounded rate; decisions are all there', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  let at = 0
  const recording = createRecordingLog()
  const log = createFloodLog(recording, () => at)
  const count = (event: string) => recording.entries.filter((entry) => entry.event === event).length
  for (let line = 0; line < 1_000; line += 1) {
    log.info('tls_handshake_failed', { remote: line })
    log.info('login_decision_made', { remote: 'x' })
  }
  assert.equal(count('tls_handshake_failed'), linesPerSecond + 1)
  assert.equal(count('login_decision_made'), 1_000)
  at = 1_000
  log.info('tls_handshake_failed', { remote: 'next second' })
  assert.equal(count('tls_handshake_failed'), linesPerSecond + 2)
  log.close()
  assert.deepEqual(recording.entries.at(-1), {
    level: 'info',
    event: 'tls_handshake_failed',
    fields: { remote: 999, times: 1_000 - linesPerSecond - 1 },
  })
})

test('pages that try a door again and again are among them', () => {
  const recording = createRecordingLog()
  const log = createFloodLog(recording, () => 0)
  for (let line = 0; line < 1_000; line += 1) {
    log.warn('websocket_refused', { remote: line })
    log.info('bosh_request_refused', { remote: line })
  }
  log.close()
  for (const [event, level] of [
    ['websocket_refused', 'warn'],
    ['bosh_request_refused', 'info'],
  ] as const) {
    const lines = recording.entries.filter((entry) => entry.event === event && entry.level === level)
    assert.equal(lines.length, linesPerSecond + 2, event)
  }
})
