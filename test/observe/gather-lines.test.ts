/** Lines of one turn leave together, in order, and none is lost. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gatherLines } from '../../src/observe/gather-lines.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('the lines of one turn are one write', async () => {
  const written: string[] = []
  const sink = gatherLines((text) => written.push(text))
  sink.write('a\n')
  sink.write('b\n')
  assert.deepEqual(written, [])
  await turn()
  assert.deepEqual(written, ['a\nb\n'])
  sink.write('c\n')
  await turn()
  assert.deepEqual(written, ['a\nb\n', 'c\n'])
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
