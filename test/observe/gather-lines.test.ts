/** Lines that come close together leave together, in order, and none is lost. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gatherLines, pauseMs } from '../../src/observe/gather-lines.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('the lines of one turn are one write', async () => {
  const written: string[] = []
  const sink = gatherLines((text) => written.push(text))
  sink.write('a\n')
  sink.write('b\n')
  assert.deepEqual(written, [])
  await turn()
  assert.deepEqual(written, ['a\nb\n'])
})

test('behind a write lines wait for the end of the pause, and only then', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setImmediate'] })
  const written: string[] = []
  const sink = gatherLines((text) => written.push(text))
  sink.write('a\n')
  t.mock.timers.tick(0)
  assert.deepEqual(written, ['a\n'])
  sink.write('b\n')
  sink.write('c\n')
  t.mock.timers.tick(pauseMs - 1)
  assert.deepEqual(written, ['a\n'])
  t.mock.timers.tick(1)
  assert.deepEqual(written, ['a\n', 'b\nc\n'])
  t.mock.timers.tick(pauseMs)
  sink.write('d\n')
  t.mock.timers.tick(0)
  assert.deepEqual(written, ['a\n', 'b\nc\n', 'd\n'])
})

test('a flush writes what is held at once, and only once', async () => {
  const written: string[] = []
  const sink = gatherLines((text) => written.push(text))
  sink.write('a\n')
  sink.flush()
  assert.deepEqual(written, ['a\n'])
  sink.flush()
  await turn()
  assert.deepEqual(written, ['a\n'])
})

test('what is held is bounded: a flood does not wait for the end of the turn', () => {
  const written: string[] = []
  const sink = gatherLines((text) => written.push(text))
  const line = `${'x'.repeat(1023)}\n`
  for (let count = 0; count < 65; count += 1) sink.write(line)
  assert.deepEqual(written, [line.repeat(64)])
})
