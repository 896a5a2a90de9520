/** The queue of one session: order, limits, shares, and what becomes of what was not sent. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Outbox, type OutboxFault, type Receipt } from '../../src/session/local/outbox.ts'

/** A writer that takes one write at a time, when told. */
function createTap() {
  const written: string[] = []
  const waiting: (() => void)[] = []
  return {
    written,
    write: (markup: string, taken?: () => void) => {
      written.push(markup)
      return new Promise<void>((resolve) => {
        waiting.push(() => {
          resolve()
          taken?.()
        })
      })
    },
    /** Takes the write under way; resolves when its consequences have happened. */
    take: async () => {
      waiting.shift()?.()
      // What was taken is confirmed in the turn after.
      for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

const aTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

const limits = { maxOutboundBytes: 10, maxOutboundStanzas: 3, writeStallMs: 10_000 }

function note(fates: string[], name: string): Receipt {
  return { handed: () => void fates.push(`${name} handed`), lost: () => void fates.push(`${name} lost`) }
}

describe('outbox', () => {
  it('writes in order, one at a time, and reports each as it is taken', async () => {
    const tap = createTap()
    const fates: string[] = []
    const outbox = new Outbox(tap, limits, () => assert.fail())
    for (const name of ['a', 'b', 'c']) outbox.put(name, note(fates, name))
    assert.deepEqual(tap.written, ['a'])
    await tap.take()
    assert.deepEqual([tap.written, fates, outbox.bytes], [['a', 'b'], ['a handed'], 2])
    await tap.take()
    await tap.take()
    assert.deepEqual([fates, outbox.bytes], [['a handed', 'b handed', 'c handed'], 0])
  })

  for (const [name, entries, fault] of [
    ['too many bytes', ['12345', '67890', '1'], 'overflow'],
    ['bytes are not characters', ['12345', 'üüü'], 'overflow'],
    ['too many stanzas', ['1', '2', '3', '4'], 'overflow'],
  ] as const) {
    it(`${name}: everything is lost, in order, and it is said once`, async () => {
      const tap = createTap()
      const fates: string[] = []
      const { promise, resolve } = Promise.withResolvers<OutboxFault>()
      const outbox = new Outbox(tap, limits, resolve)
      for (const entry of entries) outbox.put(entry, note(fates, entry))
      assert.equal(outbox.isClosed, true)
      assert.equal(await promise, fault)
      assert.deepEqual(
        fates,
        entries.map((entry) => `${entry} lost`),
      )
      await tap.take()
      assert.deepEqual(tap.written, [entries[0]])
    })
  }

  it('half of it is for others: what they send is refused beyond that, and nothing ends', async () => {
    const tap = createTap()
    const outbox = new Outbox(tap, limits, () => assert.fail())
    assert.deepEqual(
      ['123', '45', '6', '7'].map((markup) => outbox.offer(markup)),
      // Five of ten bytes, and two of three stanzas are more than half.
      [true, true, false, false],
    )
    outbox.put('own')
    assert.deepEqual([outbox.bytes, outbox.isClosed], [8, false])
    for (const _ of ['123', '45', 'own']) await tap.take()
    assert.deepEqual(tap.written, ['123', '45', 'own'])
    assert.equal(outbox.offer('8'), true)
    outbox.close()
  })

  it('takes nothing from others until what is to come first has come', async () => {
    const tap = createTap()
    const outbox = new Outbox(tap, limits, () => assert.fail())
    outbox.put('a')
    let count = 0
    const work = () => {
      count += 1
      outbox.put('kept')
    }
    for (let time = 0; time < 2; time += 1) outbox.whenSent('kept', work)
    assert.deepEqual([outbox.offer('b'), outbox.takes('b'), count], [false, false, 0])
    await tap.take()
    assert.deepEqual([tap.written, count], [['a', 'kept'], 1])
    assert.equal(outbox.offer('b'), true)
    outbox.close()
  })

  it('takes nothing from others once it is closed', () => {
    const outbox = new Outbox(createTap(), limits, () => assert.fail())
    outbox.close()
    assert.deepEqual([outbox.offer('a'), outbox.takes('a')], [false, false])
  })

  it('one stanza larger than the queue goes through when nothing waits', async () => {
    const tap = createTap()
    const outbox = new Outbox(tap, limits, () => assert.fail())
    outbox.put('x'.repeat(100))
    await tap.take()
    assert.equal(outbox.bytes, 0)
  })

  it('a write that takes too long is given up', async () => {
    const { promise, resolve } = Promise.withResolvers<OutboxFault>()
    const outbox = new Outbox({ write: () => new Promise(() => undefined) }, { ...limits, writeStallMs: 1 }, resolve)
    outbox.put('a')
    assert.equal(await promise, 'stalled')
  })

  it('what was written counts as handed over when it has left the process, and as lost when it never does', async () => {
    const taken: (() => void)[] = []
    const fates: string[] = []
    const write = (_markup: string, onTaken?: () => void) => {
      if (onTaken !== undefined) taken.push(onTaken)
      return Promise.resolve()
    }
    const outbox = new Outbox({ write }, limits, () => assert.fail())
    for (const name of ['a', 'b', 'c']) outbox.put(name, note(fates, name))
    await outbox.settled(0)
    await aTurn()
    assert.deepEqual(fates, [])
    taken[0]?.()
    await aTurn()
    assert.deepEqual(fates, ['a handed'])
    const drained = outbox.drain(10_000)
    taken[1]?.()
    outbox.close()
    await drained
    taken[2]?.()
    await aTurn()
    assert.deepEqual(fates, ['a handed', 'b lost', 'c lost'])
  })

  it('draining ends when the last of it has left the process', async () => {
    const { promise, resolve } = Promise.withResolvers<() => void>()
    const fates: string[] = []
    const outbox = new Outbox({ write: async (_markup, onTaken) => resolve(onTaken ?? assert.fail) }, limits, () =>
      assert.fail(),
    )
    outbox.put('a', note(fates, 'a'))
    const drained = outbox.drain(10_000).then(() => fates.push('drained'))
    const taken = await promise
    await aTurn()
    assert.deepEqual(fates, [])
    taken()
    await drained
    assert.deepEqual(fates, ['a handed', 'drained'])
  })

  it('a write that fails is the end', async () => {
    const { promise, resolve } = Promise.withResolvers<OutboxFault>()
    const outbox = new Outbox({ write: () => Promise.reject(new Error('reset')) }, limits, resolve)
    outbox.put('a')
    assert.equal(await promise, 'broken')
  })

  it('waiting for room ends when there is room, and when it is closed', async () => {
    const tap = createTap()
    const outbox = new Outbox(tap, limits, () => assert.fail())
    outbox.put('12345')
    outbox.put('678')
    const order: string[] = []
    const some = outbox.settled(3).then(() => order.push('some'))
    const all = outbox.settled(0).then(() => order.push('all'))
    await tap.take()
    await some
    assert.deepEqual(order, ['some'])
    outbox.close()
    await all
    await outbox.settled(0)
    assert.deepEqual(order, ['some', 'all'])
  })
})
