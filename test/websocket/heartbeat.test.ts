import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it, mock } from 'node:test'
import { Heartbeat } from '../../src/transport/websocket-heartbeat.ts'

/** A connection that is watched, second by second. */
function watch(terms: { pingMs: number; pongMs: number; timeoutMs: number }) {
  const seen: string[] = []
  let at = 0
  let bytes = 0
  let paused = false
  const heartbeat = new Heartbeat(
    terms,
    {
      bytesRead: () => bytes,
      isPaused: () => paused,
      ping: () => void seen.push(`${at} ping`),
      dead: (why) => void seen.push(`${at} ${why}`),
    },
    () => at,
  )
  return {
    seen,
    heartbeat,
    /** Lets time pass; at each second `does` may act. */
    pass: (ms: number, does: (at: number) => void = () => undefined) => {
      for (const until = at + ms; at < until; ) {
        at += 1000
        does(at)
        mock.timers.tick(1000)
      }
    },
    hear: () => {
      bytes += 1
    },
    pause: (value: boolean) => {
      paused = value
    },
  }
}

describe('heartbeat', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setInterval'] }))
  afterEach(() => mock.timers.reset())
  const terms = { pingMs: 10_000, pongMs: 2_000, timeoutMs: 60_000 }

  it('pings at its rate, whatever else comes', () => {
    const { seen, pass, hear } = watch(terms)
    pass(35_000, hear)
    assert.deepEqual(seen, ['10000 ping', '20000 ping', '30000 ping'])
  })

  it('gives up when nothing comes after a ping', () => {
    const { seen, pass } = watch(terms)
    pass(60_000)
    assert.deepEqual(seen, ['10000 ping', '12000 no answer to a ping for 2000 ms'])
  })

  it('takes anything for an answer, and only what comes after the ping', () => {
    const { seen, pass, hear } = watch(terms)
    pass(20_000, (at) => (at === 9_000 || at === 12_000 ? hear() : undefined))
    assert.deepEqual(seen, ['10000 ping', '20000 ping'])
  })

  it('gives up after a silence, and not before', () => {
    const { seen, pass, hear } = watch({ pingMs: 600_000, pongMs: 1_000, timeoutMs: 20_000 })
    pass(60_000, (at) => (at === 9_000 ? hear() : undefined))
    assert.deepEqual(seen, ['29000 nothing came for 20000 ms'])
  })

  it('does not blame a client that nobody reads from', () => {
    const { seen, pass, pause } = watch(terms)
    pause(true)
    pass(100_000)
    assert.equal(seen.filter((line) => !line.endsWith('ping')).length, 0)
    pause(false)
    pass(20_000)
    assert.equal(seen.at(-1), '102000 no answer to a ping for 2000 ms')
  })

  it('says nothing once it was stopped', () => {
    const { seen, pass, heartbeat } = watch(terms)
    pass(10_000)
    heartbeat.stop()
    pass(100_000)
    assert.deepEqual(seen, ['10000 ping'])
  })
})
