/** Clients that read slowly or not at all: what becomes of them, and of what was for them. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chat, login, messagesIn, ping, untilNext } from './live-client.ts'
import { compare, openTestHost, takeNext } from './scene.ts'

const aTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('a client that does not read', () => {
  it('is closed when it takes nothing for too long; others go on, and its messages wait for its next login, in order', async () => {
    await using host = openTestHost({ limits: { maxOutboundStanzas: 4, writeStallMs: 50 } })
    const alice = await login(host, 'alice', 'a')
    const bob = await login(host, 'bob', 'b')
    await untilNext(bob, '<presence/>')
    bob.conduit.gate = new Promise(() => undefined)
    // Two wait in the queue, and the others behind it.
    for (let id = 1; id <= 6; id += 1) alice.send(chat(id))
    await untilNext(alice, ping)
    await bob.over
    assert.equal((await bob.conduit.closed)?.condition, 'resource-constraint')
    await untilNext(alice, ping)

    const again = await login(host, 'bob', 'b')
    await untilNext(again, '<presence/>')
    // The queue has room for fewer than there are; the rest follows when these are through.
    for (let id = 1; id <= 6; id += 1) {
      assert.match((await takeNext(again.conduit)) ?? '', new RegExp(`id='${id}'.*<delay `), `message ${id}`)
    }
  })

  it('hands its messages to another resource that takes messages', async () => {
    await using host = openTestHost({ limits: { writeStallMs: 1 } })
    const alice = await login(host, 'alice', 'a')
    const other = await login(host, 'bob', 'low')
    await untilNext(other, '<presence/>')
    const bob = await login(host, 'bob', 'high')
    await untilNext(bob, '<presence><priority>1</priority></presence>')
    await takeNext(other.conduit)
    bob.conduit.gate = new Promise(() => undefined)
    alice.send(chat(1))
    await bob.over
    compare(
      await takeNext(other.conduit),
      "<presence type='unavailable' from='bob@localhost/high' to='bob@localhost/low'/>",
      'gone',
    )
    assert.match((await takeNext(other.conduit)) ?? '', /id='1'/)
  })

  it('does not get a second copy of what another resource has taken', async () => {
    await using host = openTestHost()
    const alice = await login(host, 'alice', 'a')
    const slow = await login(host, 'bob', 's')
    const quick = await login(host, 'bob', 'q')
    for (const client of [slow, quick]) await untilNext(client, '<presence/>')
    await untilNext(quick, ping)
    quick.conduit.received.length = 0
    slow.conduit.gate = new Promise(() => undefined)
    alice.send(chat(1))
    assert.match((await takeNext(quick.conduit)) ?? '', /id='1'/)
    slow.conduit.bring({ kind: 'end' })
    await slow.over
    quick.conduit.received.length = 0
    await untilNext(quick, ping)
    assert.deepEqual(messagesIn(quick.conduit), [])
  })

  it('is gone at once when its connection is, whatever still waits for it', { timeout: 5_000 }, async () => {
    await using host = openTestHost({ limits: { pauseOutboundBytes: 10 } })
    const alice = await login(host, 'alice', 'a')
    const bob = await login(host, 'bob', 'b')
    await untilNext(bob, '<presence/>')
    bob.conduit.gate = new Promise(() => undefined)
    for (let id = 1; id <= 3; id += 1) alice.send(chat(id, 100))
    await untilNext(alice, ping)
    bob.conduit.bring({ kind: 'end' })
    await bob.over
    assert.equal(host.sessionCount, 1)
  })

  it('is not read from while its answers wait', async () => {
    await using host = openTestHost({ limits: { pauseOutboundBytes: 10 } })
    const alice = await login(host, 'alice', 'a')
    const { promise, resolve } = Promise.withResolvers<void>()
    alice.conduit.gate = promise
    for (let n = 0; n < 100; n += 1) alice.send(ping)
    await takeNext(alice.conduit)
    await new Promise((next) => setImmediate(next))
    assert.equal(alice.conduit.unread, 99)
    alice.conduit.gate = null
    resolve()
    for (let n = 1; n < 100; n += 1) await takeNext(alice.conduit)
    assert.equal(alice.conduit.unread, 0)
  })
})

describe('messages that wait', () => {
  it('stay while they have not left the process, and go when they have', async () => {
    await using host = openTestHost()
    await login(host, 'bob', 'b').then(({ conduit }) => conduit.bring({ kind: 'end' }))
    const alice = await login(host, 'alice', 'a')
    alice.send(chat(1))
    await untilNext(alice, ping)
    const stuck = await login(host, 'bob', 'b')
    stuck.conduit.kernel = new Promise(() => undefined)
    await untilNext(stuck, '<presence/>')
    await aTurn()
    assert.equal(messagesIn(stuck.conduit).length, 1)
    stuck.conduit.bring({ kind: 'end' })
    await stuck.over
    for (const due of [['1'], []]) {
      const next = await login(host, 'bob', 'c')
      next.send('<presence/>')
      next.send(ping)
      const ids: (string | undefined)[] = []
      for (let markup = await takeNext(next.conduit); !markup?.includes("id='p'"); ) {
        if (markup?.startsWith('<message')) ids.push(/id='(\d+)'/.exec(markup)?.[1])
        markup = await takeNext(next.conduit)
      }
      assert.deepEqual(ids, due)
      // One turn until it is known to have gone, one for the store.
      await aTurn()
      await aTurn()
      next.conduit.bring({ kind: 'end' })
      await next.over
    }
  })

  it('stay when the connection is gone but still swallows what is written', async () => {
    await using host = openTestHost()
    await login(host, 'bob', 'b').then(({ conduit }) => conduit.bring({ kind: 'end' }))
    const alice = await login(host, 'alice', 'a')
    for (let id = 1; id <= 3; id += 1) alice.send(chat(id))
    await untilNext(alice, ping)
    const bob = await login(host, 'bob', 'b')
    const { promise, resolve } = Promise.withResolvers<void>()
    bob.conduit.gate = promise
    bob.send('<presence/>')
    await takeNext(bob.conduit)
    bob.conduit.gate = null
    bob.conduit.bring({ kind: 'end' })
    resolve()
    await bob.over
    const next = await login(host, 'bob', 'c')
    await untilNext(next, '<presence/>')
    for (const id of ['1', '2', '3']) assert.match((await takeNext(next.conduit)) ?? '', new RegExp(`id='${id}'`))
  })

  it('stay when the session goes before the connection took them, and are there again for the next', async () => {
    await using host = openTestHost()
    await login(host, 'bob', 'b').then(({ conduit }) => conduit.bring({ kind: 'end' }))
    const alice = await login(host, 'alice', 'a')
    for (let id = 1; id <= 3; id += 1) alice.send(chat(id))
    await untilNext(alice, ping)
    const bob = await login(host, 'bob', 'b')
    const { promise, resolve } = Promise.withResolvers<void>()
    bob.conduit.gate = promise
    bob.send('<presence/>')
    await takeNext(bob.conduit)
    // A second resource gets none of what is under way to the first.
    const second = await login(host, 'bob', 'c')
    await untilNext(second, '<presence/>')
    await untilNext(second, ping)
    assert.deepEqual(messagesIn(second.conduit), [])
    second.conduit.bring({ kind: 'end' })
    await second.over
    bob.conduit.bring({ kind: 'end' })
    await bob.over
    resolve()
    const third = await login(host, 'bob', 'd')
    await untilNext(third, '<presence/>')
    for (const id of ['1', '2', '3']) assert.match((await takeNext(third.conduit)) ?? '', new RegExp(`id='${id}'`))
  })
})
