/** The handshake gate: who has a turn, who waits, who is refused. Time is told by the test. */

import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import {
  createHandshakeGate,
  expectMs,
  type GateLimits,
  type HandshakeGate,
  type Passage,
  slowFactor,
  turnMs,
  waitMs,
} from '../../src/listener/handshake-gate.ts'

/** A gate with a clock of its own. */
function gateOf(t: TestContext, limits: GateLimits) {
  t.mock.timers.enable({ apis: ['setInterval'] })
  let at = 0
  const gate = createHandshakeGate(limits, () => at)
  t.after(() => gate.close())
  return {
    gate,
    pass: (ms: number) => {
      at += ms
      t.mock.timers.tick(ms)
    },
  }
}

/** One connection, with what became of it. */
interface Caller {
  readonly passage: Passage
  readonly dropped: string[]
  turn: 'none' | 'waiting' | 'granted' | 'refused'
}

function arrive(gate: HandshakeGate, address: string): Caller {
  const caller = come(gate, address)
  assert.ok(caller, `${address} was refused`)
  return caller
}

function come(gate: HandshakeGate, address: string): Caller | null {
  const dropped: string[] = []
  const passage = gate.arrive(address, (why) => dropped.push(why))
  return passage === null ? null : { passage, dropped, turn: 'none' }
}

async function speak(caller: Caller): Promise<Caller> {
  caller.turn = 'waiting'
  void caller.passage.turn().then((granted) => {
    caller.turn = granted ? 'granted' : 'refused'
  })
  await settled()
  return caller
}

/** Lets promises that are settled be heard. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

const call = async (gate: HandshakeGate, address: string) => speak(arrive(gate, address))
const turnsOf = (callers: readonly Caller[]) => callers.map(({ turn }) => turn)

describe('turns', () => {
  test('a silent connection has none', async (t) => {
    const { gate } = gateOf(t, { maxHandshakes: 1, maxWaiting: 10 })
    arrive(gate, 'a')
    const second = await call(gate, 'a')
    assert.equal(second.turn, 'granted')
    assert.deepEqual(gate.counts, { inTurn: 1, slow: 0, waiting: 0, expected: 1 })
  })

  test('past max_handshakes they wait, and follow as turns end', async (t) => {
    const { gate } = gateOf(t, { maxHandshakes: 2, maxWaiting: 10 })
    const callers = []
    for (const address of ['a', 'b', 'c', 'd']) callers.push(await call(gate, address))
    assert.deepEqual(turnsOf(callers), ['granted', 'granted', 'waiting', 'waiting'])
    callers[1]?.passage.leave()
    await settled()
    assert.deepEqual(turnsOf(callers), ['granted', 'granted', 'granted', 'waiting'])
    assert.deepEqual(gate.counts, { inTurn: 2, slow: 0, waiting: 1, expected: 0 })
  })

  test('one address has a quarter of them, though all are free', async (t) => {
    const { gate } = gateOf(t, { maxHandshakes: 8, maxWaiting: 100 })
    const greedy = []
    for (let count = 0; count < 20; count += 1) greedy.push(await call(gate, 'greedy'))
    assert.equal(gate.counts.inTurn, 2)
    const honest = await call(gate, 'honest')
    assert.equal(honest.turn, 'granted')
  })

  test('addresses take turns, whoever waits longest within each', async (t) => {
    const { gate } = gateOf(t, { maxHandshakes: 1, maxWaiting: 100 })
    const running = await call(gate, 'x')
    const order: string[] = []
    for (const [name, address] of [
      ['a1', 'a'],
      ['a2', 'a'],
      ['a3', 'a'],
      ['b1', 'b'],
      ['c1', 'c'],
      ['b2', 'b'],
    ] as const) {
      const { passage } = arrive(gate, address)
      void passage.turn().then(() => {
        order.push(name)
        passage.leave()
      })
    }
    running.passage.leave()
    for (let step = 0; step < 10; step += 1) await settled()
    assert.deepEqual(order, ['a1', 'b1', 'c1', 'a2', 'b2', 'a3'])
    assert.deepEqual(gate.counts, { inTurn: 0, slow: 0, waiting: 0, expected: 0 })
  })

  test('a client that lets its handshake wait loses its turn and keeps its handshake', async (t) => {
    const { gate, pass } = gateOf(t, { maxHandshakes: 1, maxWaiting: 10 })
    const silent = await call(gate, 'a')
    const next = await call(gate, 'b')
    pass(turnMs - 25)
    await settled()
    assert.equal(next.turn, 'waiting')
    pass(25)
    await settled()
    assert.equal(next.turn, 'granted')
    assert.deepEqual(silent.dropped, [])
    assert.deepEqual(gate.counts, { inTurn: 1, slow: 1, waiting: 0, expected: 0 })
  })

  test('of too many slow handshakes the oldest is given up', async (t) => {
    const { gate, pass } = gateOf(t, { maxHandshakes: 1, maxWaiting: 10 })
    const slow = []
    for (let count = 0; count < slowFactor + 2; count += 1) {
      slow.push(await call(gate, `a${count}`))
      pass(turnMs)
    }
    await call(gate, 'b')
    pass(turnMs)
    await call(gate, 'c')
    pass(turnMs)
    assert.deepEqual(
      slow.slice(0, 5).map(({ dropped }) => dropped.length),
      [1, 1, 1, 0, 0],
    )
    assert.match(slow[0]?.dropped[0] ?? '', /slow/)
    assert.equal(gate.counts.slow, slowFactor)
  })
})

describe('turns ahead of the ClientHello', () => {
  /** Newcomers of different addresses that ask for one; as many as get it. */
  const ahead = (gate: HandshakeGate, addresses: readonly string[]) =>
    addresses.map((address) => arrive(gate, address).passage.turnAhead())

  test('there is one for everybody while fewer than half are taken', (t) => {
    const { gate } = gateOf(t, { maxHandshakes: 5, maxWaiting: 10 })
    assert.deepEqual(ahead(gate, ['a', 'b', 'c']), [true, true, false])
    assert.deepEqual(gate.counts, { inTurn: 2, slow: 0, waiting: 0, expected: 1 })
  })

  test('where there is one turn it is for who has spoken', (t) => {
    const { gate } = gateOf(t, { maxHandshakes: 1, maxWaiting: 10 })
    assert.deepEqual(ahead(gate, ['a']), [false])
  })

  test('one address has no more of them than of turns', (t) => {
    const { gate } = gateOf(t, { maxHandshakes: 8, maxWaiting: 10 })
    assert.deepEqual(ahead(gate, ['a', 'a', 'a', 'b']), [true, true, false, true])
  })

  test('there is none while somebody waits', async (t) => {
    const { gate } = gateOf(t, { maxHandshakes: 8, maxWaiting: 10 })
    for (const turn of ['granted', 'granted', 'waiting'] as const) assert.equal((await call(gate, 'a')).turn, turn)
    assert.deepEqual(ahead(gate, ['b']), [false])
  })

  test('who is silent loses it to who has spoken', async (t) => {
    const { gate, pass } = gateOf(t, { maxHandshakes: 2, maxWaiting: 10 })
    const silent = arrive(gate, 'a')
    assert.equal(silent.passage.turnAhead(), true)
    const next = await call(gate, 'a')
    assert.equal(next.turn, 'waiting')
    pass(turnMs)
    await settled()
    assert.equal(next.turn, 'granted')
    assert.deepEqual(silent.dropped, [])
    assert.deepEqual(gate.counts, { inTurn: 1, slow: 1, waiting: 0, expected: 0 })
  })

  test('there is none for who has left', (t) => {
    const { gate } = gateOf(t, { maxHandshakes: 4, maxWaiting: 10 })
    const { passage } = arrive(gate, 'a')
    passage.leave()
    assert.equal(passage.turnAhead(), false)
    assert.deepEqual(gate.counts, { inTurn: 0, slow: 0, waiting: 0, expected: 0 })
  })
})

describe('the queue', () => {
  test('full, it refuses', async (t) => {
    const { gate } = gateOf(t, { maxHandshakes: 1, maxWaiting: 2 })
    await call(gate, 'a')
    await call(gate, 'b')
    arrive(gate, 'c')
    assert.equal(come(gate, 'd'), null)
    assert.deepEqual(gate.counts, { inTurn: 1, slow: 0, waiting: 1, expected: 1 })
  })

  test('full, it takes from the address that has most of it', async (t) => {
    const { gate } = gateOf(t, { maxHandshakes: 1, maxWaiting: 4 })
    const greedy = []
    for (let count = 0; count < 5; count += 1) greedy.push(await call(gate, 'greedy'))
    assert.equal(come(gate, 'greedy'), null)
    const honest = await call(gate, 'honest')
    assert.equal(honest.turn, 'waiting')
    assert.deepEqual(turnsOf(greedy), ['granted', 'waiting', 'waiting', 'waiting', 'refused'])
    assert.deepEqual(greedy[4]?.dropped, ['max_handshakes_waiting (4) reached'])
    greedy[0]?.passage.leave()
    greedy[1]?.passage.leave()
    await settled()
    assert.equal(honest.turn, 'granted')
  })

  test('a silent connection keeps a place in it for a second only', (t) => {
    const { gate, pass } = gateOf(t, { maxHandshakes: 1, maxWaiting: 1 })
    arrive(gate, 'a')
    assert.equal(come(gate, 'b'), null)
    pass(expectMs)
    arrive(gate, 'b')
    assert.equal(gate.counts.expected, 1)
  })

  test('who lost that place needs another when it speaks', async (t) => {
    const { gate, pass } = gateOf(t, { maxHandshakes: 1, maxWaiting: 1 })
    await call(gate, 'x')
    const late = arrive(gate, 'a')
    pass(expectMs)
    const other = await call(gate, 'b')
    await speak(late)
    assert.equal(late.turn, 'refused')
    assert.equal(late.dropped.length, 1)
    other.passage.leave()
    assert.equal((await call(gate, 'a')).turn, 'waiting')
  })

  test('nobody waits longer than a client would', async (t) => {
    const { gate, pass } = gateOf(t, { maxHandshakes: 4, maxWaiting: 10 })
    const holders = [await call(gate, 'a')]
    const waiting = await call(gate, 'a')
    pass(turnMs)
    await settled()
    assert.equal(waiting.turn, 'granted')
    gate.update({ maxHandshakes: 0, maxWaiting: 10 })
    const last = await call(gate, 'a')
    pass(waitMs)
    await settled()
    assert.equal(last.turn, 'refused')
    assert.match(last.dropped[0] ?? '', /waited 5000 ms/)
    for (const { passage } of [...holders, waiting, last]) passage.leave()
    assert.deepEqual(gate.counts, { inTurn: 0, slow: 0, waiting: 0, expected: 0 })
  })

  test('who leaves while waiting is refused its turn, and leaves nothing behind', async (t) => {
    const { gate } = gateOf(t, { maxHandshakes: 1, maxWaiting: 10 })
    const first = await call(gate, 'a')
    const second = await call(gate, 'a')
    second.passage.leave()
    second.passage.leave()
    first.passage.leave()
    await settled()
    assert.equal(second.turn, 'refused')
    assert.deepEqual(second.dropped, [])
    assert.deepEqual(gate.counts, { inTurn: 0, slow: 0, waiting: 0, expected: 0 })
  })
})
