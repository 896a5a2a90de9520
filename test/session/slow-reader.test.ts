/** The queue of one session: order, limits, and what becomes of what was not sent. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { LocalHost } from '../../src/session/local/host.ts'
import { Outbox, type OutboxFault, type Receipt } from '../../src/session/local/outbox.ts'
import { createMemoryConduit, headerOf, type MemoryConduit, parseElement } from './memory-conduit.ts'
import { carry, compare, openTestHost, takeNext } from './scene.ts'

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

interface Client {
  readonly conduit: MemoryConduit
  readonly over: Promise<void>
  send(markup: string): void
}

async function login(host: LocalHost, local: string, resource: string): Promise<Client> {
  const conduit = createMemoryConduit()
  const { over } = await carry(host, local, conduit)
  conduit.bring({ kind: 'open', header: headerOf() })
  const send = (markup: string) => conduit.bring({ kind: 'element', element: parseElement(markup) })
  send(
    `<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${resource}</resource></bind></iq>`,
  )
  await takeNext(conduit)
  return { conduit, over, send }
}

const chat = (id: number, size = 0) =>
  `<message to='bob@localhost' type='chat' id='${id}'><body>${'x'.repeat(size)}</body></message>`
const ping = "<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>"

const untilNext = async (client: Client, markup: string) => {
  client.send(markup)
  await takeNext(client.conduit)
}

const messagesIn = (conduit: MemoryConduit) => conduit.received.filter((markup) => markup.startsWith('<message'))

describe('a client that does not read', () => {
  it('is closed when its queue is full; others go on, and its messages wait for its next login', async () => {
    await using host = openTestHost({ limits: { maxOutboundStanzas: 4 } })
    const alice = await login(host, 'alice', 'a')
    const bob = await login(host, 'bob', 'b')
    await untilNext(bob, '<presence/>')
    bob.conduit.gate = new Promise(() => undefined)
    for (let id = 1; id <= 6; id += 1) alice.send(chat(id))
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
