/** Lines for a place that refuses them now and then: each is written or counted, and the count is told where they are missing. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLossyLines, maxUnreadLength, retryMs, type Told } from '../../src/observe/lossy-lines.ts'

/** A place that takes as many characters of each text as it is told to. */
function createPlace() {
  const place = { room: Number.POSITIVE_INFINITY, held: '' }
  const write = (text: string, told: Told) => {
    place.held += text.slice(0, place.room)
    const cause = new Error('no room')
    told(text.length <= place.room ? null : { cause, unwritten: text.slice(place.room) })
  }
  return { place, lines: createLossyLines(write, (count) => `[${count} lost]\n`) }
}

test('what is refused is counted, and told before the first line that is taken again', () => {
  const { place, lines } = createPlace()
  lines.write('a\n')
  place.room = 0
  lines.write('b\nc\n')
  lines.write('d\n')
  assert.equal(lines.lost, 3)
  place.room = Number.POSITIVE_INFINITY
  lines.write('e\n')
  lines.write('f\n')
  assert.equal(place.held, 'a\n[3 lost]\ne\nf\n')
  assert.equal(lines.lost, 3)
})

const cuts: readonly (readonly [what: string, room: number, held: string])[] = [
  ['inside of a line', 3, 'a\nb\n[2 lost]\nd\n'],
  ['between lines', 2, 'a\n[2 lost]\nd\n'],
]
for (const [what, room, held] of cuts) {
  test(`a text that is taken in part, ${what}: the rest is lost, and no line runs into another`, () => {
    const { place, lines } = createPlace()
    place.room = room
    lines.write('a\nb\nc\n')
    assert.equal(lines.lost, 2)
    place.room = 0
    lines.write('')
    place.room = Number.POSITIVE_INFINITY
    lines.write('d\n')
    assert.equal(place.held, held)
  })
}

test('a count that is not taken whole is told again', () => {
  const { place, lines } = createPlace()
  place.room = 0
  lines.write('a\n')
  place.room = 3
  lines.write('b\n')
  place.room = Number.POSITIVE_INFINITY
  lines.write('c\n')
  assert.equal(place.held, '[1 \n[2 lost]\nc\n')
  assert.equal(lines.lost, 2)
})

test('where nothing more is logged the count is told as soon as it can be', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { place, lines } = createPlace()
  place.room = 0
  lines.write('a\n')
  t.mock.timers.tick(retryMs)
  assert.equal(place.held, '')
  place.room = Number.POSITIVE_INFINITY
  t.mock.timers.tick(retryMs)
  assert.equal(place.held, '[1 lost]\n')
  t.mock.timers.tick(retryMs)
  assert.equal(place.held, '[1 lost]\n')
})

test('a reader that has stopped costs memory up to a limit, and then lines', () => {
  const waiting: { readonly text: string; readonly told: Told }[] = []
  const lines = createLossyLines(
    (text, told) => waiting.push({ text, told }),
    (count) => `[${count} lost]\n`,
  )
  const half = `${'x'.repeat(maxUnreadLength / 2 - 1)}\n`
  for (let time = 0; time < 3; time += 1) lines.write(half)
  assert.deepEqual(
    waiting.map(({ text }) => text.length),
    [half.length, half.length],
  )
  assert.equal(lines.lost, 1)
  waiting[0]?.told(null)
  lines.write('a\n')
  assert.equal(waiting[2]?.text, '[1 lost]\na\n')
  waiting[2]?.told({ cause: new Error('gone'), unwritten: '[1 lost]\na\n' })
  assert.equal(lines.lost, 2)
})
