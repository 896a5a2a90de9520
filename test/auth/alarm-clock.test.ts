/** Many limits on one timer. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { createAlarmClock } from '../../src/auth/alarm-clock.ts'

test('alarms ring in time and once, whatever the order in which they were set', async () => {
  const clock = createAlarmClock({ holdsProcess: true })
  const started = performance.now()
  const rung: [string, number][] = []
  await new Promise<void>((resolve) => {
    for (const inMs of [60, 20, 40]) {
      clock.set(started + inMs, () => {
        rung.push([`${inMs}`, performance.now() - started - inMs])
        if (rung.length === 3) resolve()
      })
    }
  })
  assert.deepEqual(
    rung.map(([name]) => name),
    ['20', '40', '60'],
  )
  assert.ok(rung.every(([, lateMs]) => lateMs >= 0 && lateMs < 1_000))
})

test('one that was cleared does not ring, not even by another one’s doing', async () => {
  const clock = createAlarmClock({ holdsProcess: true })
  const rung: string[] = []
  const at = performance.now() + 10
  clock.clear(clock.set(at, () => rung.push('cleared')))
  clock.set(at, () => {
    rung.push('first')
    clock.clear(second)
  })
  const second = clock.set(at, () => rung.push('second'))
  await new Promise<void>((resolve) => clock.set(at + 20, resolve))
  assert.deepEqual(rung, ['first'])
})

test('an alarm may set the next one', async () => {
  const clock = createAlarmClock({ holdsProcess: true })
  let count = 0
  await new Promise<void>((resolve) => {
    const again = (): void => {
      count += 1
      if (count === 3) resolve()
      else clock.set(performance.now() + 2, again)
    }
    again()
  })
  assert.equal(count, 3)
})

test('one that is over already rings on the next turn', async () => {
  const clock = createAlarmClock({ holdsProcess: true })
  let isRung = false
  clock.set(performance.now() - 100, () => {
    isRung = true
  })
  assert.ok(!isRung)
  await setTimeout(20)
  assert.ok(isRung)
})
