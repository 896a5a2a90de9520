/** Sessions beside each other and beside the rest of the server: messages that wait, slow readers, reload, shutdown, slow bodies. */

import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { readRequest } from '../../src/listener/https/bosh-request.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { openConnection, postOf } from '../support/http-connection.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { type Arena, type ArenaPlan, openArena, testTerms } from './arena.ts'
import { connectAs, RawSession } from './raw-session.ts'
import { terminal } from './scene.ts'

const domain = 'a.example'
const catalogue = createCatalogue(domain)
const available = "<presence xmlns='jabber:client'/>"

async function open(plan: Partial<ArenaPlan> = {}): Promise<Arena> {
  return openArena({ catalogue, tls: false, ...plan })
}

async function enter(arena: Arena): Promise<{ session: RawSession; jid: string }> {
  const session = new RawSession(await openConnection({ port: arena.port, tls: null }))
  return { session, jid: await session.enter() }
}

const idsIn = (text: string) => [...text.matchAll(/<message [^>]*id='(\w+)'/g)].map(([, id]) => id)

describe('messages that waited for their user', () => {
  const quick = { ...testTerms, inactivityMs: 100 }

  /** Leaves a message for alice, who is away, and has her come for it. */
  const fetch = async (arena: Arena) => {
    const bob = new RawSession(await connectAs(arena.port, catalogue, 'bob'))
    await bob.enter()
    const note = `<message id='kept' to='alice@${domain}' xmlns='jabber:client'><body>x</body></message>`
    await bob.ask(
      '',
      `${note}<iq type='get' id='p' to='${domain}' xmlns='jabber:client'><ping xmlns='urn:xmpp:ping'/></iq>`,
    )
    bob.connection.destroy()
    return arrive(arena)
  }
  const arrive = async (arena: Arena) => {
    const alice = new RawSession(await connectAs(arena.port, catalogue, 'one'))
    await alice.enter()
    const first = await alice.ask('', available)
    return { alice, first }
  }
  const begin = () => openArena({ catalogue, tls: true, generation: { terms: quick } })
  const everything = async ({ alice, first }: Awaited<ReturnType<typeof arrive>>) => {
    const more = await alice.ask(
      '',
      `<iq type='get' id='p' to='${domain}' xmlns='jabber:client'><ping xmlns='urn:xmpp:ping'/></iq>`,
    )
    return idsIn(first.text + more.text)
  }

  // The account must exist, or nobody keeps anything for it.
  const introduce = async (arena: Arena) => {
    const { alice } = await arrive(arena)
    await alice.ask("type='terminate'")
    alice.connection.destroy()
  }

  it('come once when their user takes them and leaves', async () => {
    await using arena = await begin()
    await introduce(arena)
    const there = await fetch(arena)
    assert.deepEqual(await everything(there), ['kept'])
    await there.alice.ask("type='terminate'")
    assert.deepEqual(await everything(await arrive(arena)), [])
    for (const { socket } of [there.alice.connection]) socket.destroy()
  })

  it('come again when their user was never heard of again', async () => {
    await using arena = await begin()
    await introduce(arena)
    const there = await fetch(arena)
    const gone = arena.log.until('bosh_session_closed', ({ remote }) => remote === there.alice.connection.local)
    assert.deepEqual(idsIn(there.first.text), ['kept'])
    there.alice.connection.destroy()
    await gone
    const back = await arrive(arena)
    assert.deepEqual(await everything(back), ['kept'])
    back.alice.connection.destroy()
  })

  it('come once when their user was heard of after that', async () => {
    await using arena = await begin()
    await introduce(arena)
    const there = await fetch(arena)
    const gone = arena.log.until('bosh_session_closed', ({ remote }) => remote === there.alice.connection.local)
    assert.deepEqual(idsIn(there.first.text), ['kept'])
    const held = there.alice.ask().catch(() => null)
    await sleep(20)
    there.alice.connection.destroy()
    await Promise.all([gone, held])
    const back = await arrive(arena)
    assert.deepEqual(await everything(back), [])
    back.alice.connection.destroy()
  })
})

describe('a client that does not fetch', () => {
  const ping = `<iq type='get' id='p' to='${domain}' xmlns='jabber:client'><ping xmlns='urn:xmpp:ping'/></iq>`

  /** Somebody who does not fetch, and somebody else who has sent her twelve large headlines meanwhile. */
  async function flooded(arena: Arena) {
    const slow = await enter(arena)
    const busy = await enter(arena)
    const body = `<body>${'x'.repeat(50_000)}</body>`
    const large = `<message to='${slow.jid}' type='headline' xmlns='jabber:client'>${body}</message>`
    for (let count = 0; count < 12; count += 1) assert.match((await busy.session.ask('', large + ping)).text, / id='p'/)
    return { slow: slow.session, busy: busy.session }
  }

  it('holds up nobody, and stays: what others sent without room is not for it', async () => {
    await using arena = await open({ host: { limits: { maxOutboundBytes: 300_000 } } })
    const { slow, busy } = await flooded(arena)
    let { text } = await slow.ask('', ping)
    while (!text.includes("id='p'")) text += (await slow.ask()).text
    // Half of the queue was for others, and one was on its way already.
    assert.equal(text.split('<message').length - 1, 3)
    assert.equal(arena.host.sessionCount, 2)
    for (const { connection } of [slow, busy]) connection.destroy()
  })

  it('is given up when it takes nothing for too long', async () => {
    await using arena = await open({ host: { limits: { maxOutboundBytes: 300_000, writeStallMs: 500 } } })
    const closed = arena.log.until('session_closed')
    const { slow, busy } = await flooded(arena)
    assert.equal((await closed).fields['condition'], 'resource-constraint')
    // What there was room for comes, and then why there is no more.
    let last = (await slow.ask()).text
    assert.equal(last.length > 50_000 && last.length < 60_000, true)
    for (let polls = 0; polls < 4 && !last.includes('terminate'); polls += 1) last = (await slow.ask()).text
    assert.match(last, /type='terminate' condition='remote-stream-error'.*<resource-constraint /)
    for (const { connection } of [slow, busy]) connection.destroy()
  })
})

describe('a reload', () => {
  it('leaves sessions as they were begun, and gives new ones the new terms', async () => {
    await using arena = await open()
    const before = await enter(arena)
    const small = { ...testTerms, maxWaitMs: 5_000, xmlLimits: { ...DEFAULT_XML_LIMITS, maxStanzaBytes: 10_000 } }
    arena.update({ terms: small })
    const after = new RawSession(await openConnection({ port: arena.port, tls: null }))
    assert.match((await after.begin()).text, / wait='5' /)
    const large = `<message to='${before.jid}' xmlns='jabber:client'><body>${'x'.repeat(30_000)}</body></message>`
    assert.equal((await before.session.ask('', large)).text.length > 30_000, true)
    for (const { connection } of [before.session, after]) connection.destroy()
  })
})

describe('shutdown', () => {
  it('is said to every open request, and to whoever comes', async () => {
    const arena = await open()
    const sessions = await Promise.all(Array.from({ length: 5 }, () => enter(arena)))
    const held = sessions.map(({ session }) => session.ask())
    // Their requests are there before the end begins.
    const probe = await enter(arena)
    const closing = arena.handler.close(1_000)
    for (const answer of await Promise.all(held)) assert.equal(answer.text, terminal('system-shutdown'))
    const late = new RawSession(await openConnection({ port: arena.port, tls: null }))
    assert.equal((await late.begin()).text, terminal('system-shutdown'))
    assert.equal((await probe.session.ask()).text, terminal('system-shutdown'))
    await closing
    assert.equal(arena.host.sessionCount, 0)
    for (const { session } of [...sessions, probe]) session.connection.destroy()
    late.connection.destroy()
    await arena[Symbol.asyncDispose]()
  })
})

describe('a body', () => {
  const terms = (more: Partial<Parameters<typeof readRequest>[1]> = {}) => {
    const budget = { used: 0, maxBytes: 1_000 }
    return { maxBytes: 100, more: () => 100, readMs: 10_000, budget, ...more }
  }

  it('that comes too slowly is given up', async () => {
    const request = new PassThrough()
    request.write('<body')
    assert.deepEqual(await readRequest(request, terms({ readMs: 10 })), { ok: false, error: 'too-slow' })
  })

  it('takes its part of what all may have, and gives it back', async () => {
    const shared = terms()
    const hog = new PassThrough()
    const reading = readRequest(hog, { ...shared, maxBytes: 2_000 })
    hog.write(Buffer.alloc(950))
    await new Promise(setImmediate)
    const other = new PassThrough()
    other.end(Buffer.alloc(90))
    assert.deepEqual(await readRequest(other, shared), { ok: false, error: 'no-room' })
    hog.end()
    assert.equal((await reading).ok, true)
    assert.equal(shared.budget.used, 0)
    const next = new PassThrough()
    next.end(Buffer.alloc(90))
    assert.equal((await readRequest(next, shared)).ok, true)
  })

  it('that breaks off is nobody’s', async () => {
    const request = new PassThrough()
    const reading = readRequest(request, terms())
    request.destroy()
    assert.deepEqual(await reading, { ok: false, error: 'gone' })
  })
})

describe('a flood', () => {
  it('of sessions that are begun and left leaves room for others, and nothing behind', async () => {
    const terms = { ...testTerms, inactivityMs: 2_000 }
    await using arena = await open({ generation: { terms, maxSessions: 400 } })
    const { session, jid } = await enter(arena)
    const body = `<body rid='1' to='${domain}' ver='1.6' xmlns='http://jabber.org/protocol/httpbind' xmlns:x='urn:xmpp:xbosh' x:version='1.0'/>`
    const pipes = Array.from({ length: 1_000 }, () => arena.pipe())
    for (const pipe of pipes) pipe.resume().write(postOf('/http-bind', 'a', body))
    const held = session.ask('', `<message to='${jid}' id='m' xmlns='jabber:client'/>`)
    assert.match((await held).text, / id='m'/)
    const refused = arena.log.entries.filter(({ fields }) => fields['why'] === 'too many sessions').length
    assert.equal(refused, 1_000 - 399)
    const closed = () => arena.log.entries.filter(({ event }) => event === 'bosh_session_closed').length
    const mine = session.ask().catch(() => null)
    while (closed() < 399) await sleep(20)
    assert.match((await enter(arena)).jid, /^alice@/)
    for (const pipe of pipes) pipe.destroy()
    session.connection.destroy()
    await mine
  })

  it('of bodies that never end holds up nobody', async () => {
    await using arena = await open()
    const { session, jid } = await enter(arena)
    const pipes = Array.from({ length: 500 }, () => arena.pipe())
    for (const pipe of pipes) pipe.write(postOf('/http-bind', 'a', 'x'.repeat(9_000)).slice(0, -1))
    assert.match((await session.ask('', `<message to='${jid}' id='m' xmlns='jabber:client'/>`)).text, / id='m'/)
    for (const pipe of pipes) pipe.destroy()
    session.connection.destroy()
  })
})

describe('a fault of ours', () => {
  it('is said, and ends nothing but the connection', async () => {
    await using arena = await open()
    const { session, jid } = await enter(arena)
    const broken = Object.defineProperty({ ...testTerms }, 'seeOtherUri', {
      get: () => {
        throw new TypeError('broken')
      },
    })
    arena.update({ terms: broken })
    const connection = await openConnection({ port: arena.port, tls: null })
    const answer = await new RawSession(connection).begin()
    assert.deepEqual([answer.status, connection.isLast], [500, true])
    await arena.log.until('signet_fault')
    assert.match((await session.ask('', `<message to='${jid}' id='m' xmlns='jabber:client'/>`)).text, / id='m'/)
    session.connection.destroy()
  })
})

describe('requests that make no sense', () => {
  it('do no harm to anybody', async () => {
    await using arena = await open()
    const { session, jid } = await enter(arena)
    const connection = await openConnection({ port: arena.port, tls: null })
    for (const body of ['', 'x', '<body/>', '<'.repeat(5_000), `<body rid='1' sid='${session.sid}'`]) {
      assert.equal((await connection.ask(postOf('/http-bind', 'a', body))).text, terminal('bad-request'))
    }
    assert.match((await session.ask('', `<message to='${jid}' id='m' xmlns='jabber:client'/>`)).text, / id='m'/)
    connection.destroy()
    session.connection.destroy()
  })
})
