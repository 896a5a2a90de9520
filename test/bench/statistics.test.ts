import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { orderOf } from '../../bench/rounds.ts'
import { spreadOf } from '../../bench/statistics.ts'

const oneTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

for (const [count, low, high] of [
  // Ranks of the sign test's interval, as tables of it have them.
  [5, 1, 5],
  [6, 1, 6],
  [9, 2, 8],
  [16, 4, 13],
  [40, 14, 27],
] as const) {
  test(`the median of endlessly many is between values ${low} and ${high} of ${count}`, () => {
    deepEqual(spreadOf(oneTo(count).toReversed()), {
      median: (count + 1) / 2,
      min: 1,
      max: count,
      likely: [low, high],
    })
  })
}

test('everybody begins twice, and comes behind two others', () => {
  deepEqual(
    Array.from({ length: 7 }, (_, round) => orderOf(['A', 'B', 'C'], round).join('')),
    ['ABC', 'ACB', 'BCA', 'BAC', 'CAB', 'CBA', 'ABC'],
  )
})
