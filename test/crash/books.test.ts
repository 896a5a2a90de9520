/** The books that the crash bench keeps find what is lost, what comes back and what was never written. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Mailbox } from '../../bench/crash/mailbox.ts'
import { Registers, type Value } from '../../bench/crash/registers.ts'

/** Three writes to `a`, of which the first is acknowledged, and one to `b` between the last two. */
function written(): Registers {
  const registers = new Registers()
  registers.acknowledge('a', registers.write('a', 'a1'))
  registers.write('a', 'a2')
  registers.write('b', 'b1')
  registers.write('a', 'a3')
  return registers
}

const judge = (values: Readonly<Record<string, Value>>) => written().judge((name) => values[name] ?? null)

describe('registers', () => {
  test('what was acknowledged is enough', () => {
    assert.deepEqual(judge({ a: 'a1' }), { faults: [], applied: 0, dropped: 3 })
  })
  test('what was written behind it may be there, up to any point', () => {
    assert.deepEqual(judge({ a: 'a2' }), { faults: [], applied: 1, dropped: 2 })
    assert.deepEqual(judge({ a: 'a2', b: 'b1' }), { faults: [], applied: 2, dropped: 1 })
    assert.deepEqual(judge({ a: 'a3', b: 'b1' }), { faults: [], applied: 3, dropped: 0 })
  })
  test('less is a loss', () => {
    assert.deepEqual(judge({}).faults, ['a is null; acknowledged: a1, of null a1 a2 a3'])
  })
  test('what nobody wrote is a fault', () => {
    assert.deepEqual(judge({ a: 'a9' }).faults, ['a is a9; acknowledged: a1, of null a1 a2 a3'])
  })
  test('a write without an earlier one of the same stream is a fault', () => {
    assert.deepEqual(judge({ a: 'a1', b: 'b1' }).faults, [
      'a lacks a2, though a later write of the same stream is there',
    ])
    assert.deepEqual(judge({ a: 'a3' }).faults, ['b lacks b1, though a later write of the same stream is there'])
  })
  test('what somebody was told of counts as acknowledged', () => {
    const registers = written()
    assert.equal(registers.observe('a', 'a2'), true)
    assert.equal(registers.observe('a', 'a9'), false)
    assert.deepEqual(registers.judge(() => 'a1').faults[0], 'a is a1; acknowledged: a2, of null a1 a2 a3')
  })
  test('who is told of a write that was granted already is not told of its like that is under way', () => {
    const registers = new Registers()
    registers.write('a', 'a1')
    registers.acknowledge('a', registers.write('a', null))
    registers.write('a', 'a2')
    registers.write('a', null)
    for (const told of ['a1', null]) assert.equal(registers.observe('a', told), true)
    assert.deepEqual(
      registers.judge(() => 'a2'),
      { faults: [], applied: 1, dropped: 1 },
    )
  })
  test('after a judgement what is there is the start', () => {
    const registers = written()
    registers.judge((name) => (name === 'a' ? 'a1' : null))
    assert.deepEqual(registers.judge(() => null).faults, ['a is null; acknowledged: a1, of a1'])
  })
})

describe('mailbox', () => {
  test('a message that was taken for somebody away must come', () => {
    const mailbox = new Mailbox()
    mailbox.accept(mailbox.send())
    mailbox.enter()
    mailbox.settle()
    assert.deepEqual(mailbox.faults, ['message 1 was kept, and never came'])
    assert.deepEqual(mailbox.counts, { accepted: 1, kept: 1, received: 0, repeated: 0, lostOnTheWay: 0 })
  })
  test('one that was not taken, or taken for somebody there, need not', () => {
    const mailbox = new Mailbox()
    mailbox.send()
    mailbox.enter()
    mailbox.send()
    mailbox.accept(2)
    mailbox.leave()
    mailbox.send()
    mailbox.settle()
    assert.deepEqual(mailbox.faults, [])
    assert.equal(mailbox.counts.lostOnTheWay, 2)
  })
  test('a message may come again until it is confirmed, and not after', () => {
    const mailbox = new Mailbox()
    mailbox.accept(mailbox.send())
    mailbox.enter()
    mailbox.receive(1)
    mailbox.leave()
    mailbox.enter()
    mailbox.receive(1)
    assert.deepEqual(mailbox.faults, [])
    assert.equal(mailbox.counts.repeated, 1)
    mailbox.confirm(mailbox.unconfirmed)
    mailbox.enter()
    mailbox.receive(1)
    assert.deepEqual(mailbox.faults, ['message 1 came again after it was confirmed'])
  })
  test('order, and what was never sent', () => {
    const mailbox = new Mailbox()
    mailbox.accept(mailbox.send() + mailbox.send() - 1)
    mailbox.enter()
    mailbox.receive(2)
    mailbox.receive(1)
    mailbox.receive(7)
    assert.deepEqual(mailbox.faults, ['message 1 came behind 2', 'message 7 came, and was never sent, or given up'])
  })
})
