/** The arithmetic of the soak's report. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultsOf, memorySlope } from '../../bench/soak/report.ts'
import type { SoakOutcome } from '../../bench/soak/run.ts'
import { fitLine, minuteMedians, quantile, studentT975 } from '../../bench/soak/statistics.ts'

test('a quantile is the value at its rank', () => {
  assert.equal(quantile([4, 1, 3, 2], 0.5), 2)
  assert.equal(quantile([4, 1, 3, 2], 0.99), 4)
  assert.equal(quantile([7], 0), 7)
  assert.equal(quantile([], 0.5), Number.NaN)
})

test('a line through points of a line has its slope and no margin', () => {
  const line = fitLine([1, 2, 3, 4].map((x) => [x, 10 + 3 * x] as const))
  assert.deepEqual(line, { slope: 3, slopeMargin: 0, points: 4 })
  assert.equal(fitLine([[0, 1], [1, 2]]), null) // biome-ignore format: points
})

test('the margin is the textbook’s', () => {
  // x 1..5, y 2 1 4 3 5: slope 0.8, standard error sqrt(3.6 / 3 / 10), t(3) = 3.182.
  const line = fitLine([2, 1, 4, 3, 5].map((y, at) => [at + 1, y] as const))
  assert.equal(line?.slope.toFixed(6), '0.800000')
  assert.ok(Math.abs((line?.slopeMargin ?? 0) - 1.1023) < 0.01)
})

test('Student’s quantiles are near those of the tables', () => {
  const table: readonly (readonly [number, number])[] = [
    [1, 12.706],
    [2, 4.303],
    [3, 3.182],
    [5, 2.571],
    [10, 2.228],
    [30, 2.042],
  ]
  for (const [degrees, due] of table) {
    assert.ok(Math.abs(studentT975(degrees) - due) / due < 0.01, `${degrees}: ${studentT975(degrees)}`)
  }
})

test('minutes are told apart, and have the median of their samples', () => {
  const samples = [1, 30, 59.9, 60, 61].map((atSeconds, at) => ({ atSeconds, value: [5, 1, 3, 9, 7][at] ?? 0 }))
  assert.deepEqual(
    minuteMedians(samples, ({ value }) => value),
    [
      [0, 3],
      [1, 7],
    ],
  )
})

const kept = { socket: 3 }
const sound: SoakOutcome = {
  plan: { minutes: 10, seed: 1 },
  rate: 1,
  capacity: 2,
  samples: Array.from({ length: 120 }, (_, at) => ({
    atSeconds: at * 5 + 1,
    anonymousKb: 1000 + (at < 60 ? 900 - at : 10 * Math.floor((at - 60) / 12)),
    threads: 11,
    files: {},
    cpuMs: at,
  })),
  times: [],
  heaps: [],
  liveKbAtEnd: null,
  counts: {},
  events: {},
  handshakes: {},
  skipped: 0,
  reloads: 0,
  surprises: { total: 0, groups: {}, first: [] },
  complaints: { total: 0, first: [] },
  idle: { before: kept, after: kept },
  anonymousKbAtEnd: 0,
  exit: 0,
}

test('the slope of memory leaves out the warm-up and the last, unfinished minute', () => {
  assert.deepEqual(memorySlope(sound), { slope: 10, slopeMargin: 0, points: 4 })
})

test('a sound outcome has no faults; each fault is found', () => {
  assert.deepEqual(faultsOf(sound), [])
  assert.deepEqual(faultsOf({ ...sound, surprises: { total: 2, groups: {}, first: [] } }), [
    '2 visits did not go as they must',
  ])
  assert.deepEqual(faultsOf({ ...sound, complaints: { total: 1, first: [] } }), ['the server complained 1 times'])
  assert.deepEqual(faultsOf({ ...sound, events: { store_fault: 1 } }), ['the server logged faults'])
  assert.deepEqual(faultsOf({ ...sound, idle: { before: kept, after: { socket: 4 } } }), [
    'open files: {"socket":3} became {"socket":4}',
  ])
  assert.deepEqual(faultsOf({ ...sound, exit: 'SIGKILL' }), ['the server ended with SIGKILL'])
})
