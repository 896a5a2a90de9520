/**
 * Three sessions of two people, whatever they send: no session ends but by its own doing, what arrives is XML, and
 * nobody speaks for another.
 */

import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Log } from '../../src/observe/log.ts'
import { attributeOf } from '../../src/xml/element.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { createStreamParser } from '../../src/xml/stream-parser.ts'
import { createMemoryConduit, headerOf, type MemoryConduit } from '../session/memory-conduit.ts'
import { carry, openTestHost } from '../session/scene.ts'
import type { Random } from '../support/pki/random.ts'
import { packFrames, unpackFrames } from './frames.ts'
import { stanzasOf } from './session-generator.ts'
import { expect, type FuzzTarget } from './target.ts'

const streamHeader =
  "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>"
const people = ['alice/a', 'bob/b', 'alice/c'] as const
/** Whoever may be named as the sender of what arrives. */
const senders = new Set([
  '',
  'localhost',
  'localhost/x',
  'alice@localhost',
  'bob@localhost',
  ...people.map((who) => who.replace('/', '@localhost/')),
])
/** Turns of the event loop in which a stanza must have been dealt with. */
const maxTurns = 50

interface Person {
  readonly conduit: MemoryConduit
  readonly over: Promise<void>
  readonly parser: ReturnType<typeof createStreamParser>
}

/** Fuzzes the sessions of the local host. An input is a list of flights, the first octet of each says whose it is. */
export function createSessionTarget(): FuzzTarget {
  return {
    name: 'session',
    quickInputs: 400,
    longShare: 2000,
    generate: (random) => packFrames(Array.from({ length: 4 + random.below(12) }, () => flightOf(random))),
    check: (input) => checkFlights(unpackFrames(input)),
    settle: async () => [],
    [Symbol.asyncDispose]: async () => undefined,
  }
}

function flightOf(random: Random): Buffer {
  return Buffer.concat([Buffer.from([random.below(people.length)]), Buffer.from(stanzasOf(random))])
}

async function checkFlights(flights: readonly Uint8Array[]): Promise<void> {
  const faults: string[] = []
  await using host = openTestHost({ log: logOf(faults) })
  const present: Person[] = []
  for (const who of people) present.push(await enter(host, who))
  for (const flight of flights) {
    const person = present[(flight[0] ?? 0) % people.length]
    if (person !== undefined) await send(person, flight.subarray(1))
  }
  for (const { conduit, over } of present) {
    conduit.bring({ kind: 'end' })
    await over
  }
  expect(faults.length === 0, `a fault of ours: ${faults.join(' ')}`)
  for (const { conduit } of present) checkReceived(conduit.received)
}

function logOf(faults: string[]): Log {
  const ignore = () => undefined
  return {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (event, fields) => void faults.push(`${event} ${fields?.['cause']}`),
  }
}

async function enter(host: ReturnType<typeof openTestHost>, who: string): Promise<Person> {
  const [local = '', resource = ''] = who.split('/')
  const conduit = createMemoryConduit()
  const { over } = await carry(host, local, conduit)
  conduit.bring({ kind: 'open', header: headerOf() })
  const person = { conduit, over, parser: createStreamParser(DEFAULT_XML_LIMITS) }
  const bind = `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${resource}</resource></bind>`
  person.parser.push(Buffer.from(streamHeader))
  person.parser.next()
  await send(person, Buffer.from(`<iq type='set' id='bind'>${bind}</iq>`))
  expect(conduit.received.length > 0, 'no answer to bind')
  return person
}

async function send({ conduit, parser }: Person, bytes: Uint8Array): Promise<void> {
  parser.push(bytes)
  for (let event = parser.next(); event !== null && !conduit.isClosed; event = parser.next()) {
    conduit.bring(event)
    for (let turns = 0; conduit.unread > 0 && !conduit.isClosed; turns += 1) {
      expect(turns < maxTurns, 'a stanza that is not read')
      await nextTurn()
    }
    if (event.kind === 'fault' || event.kind === 'close') return
  }
  await nextTurn()
}

function checkReceived(received: readonly string[]): void {
  const parser = createStreamParser(DEFAULT_XML_LIMITS)
  parser.push(Buffer.from(streamHeader))
  for (const markup of received) parser.push(Buffer.from(markup))
  for (let event = parser.next(); event !== null; event = parser.next()) {
    expect(event.kind !== 'fault', `broken markup: ${received.join('')}`)
    if (event.kind === 'element') {
      const from = attributeOf(event.element, 'from') ?? ''
      // RFC 6120 §8.3.1: an error comes from whomever the stanza was for, there or not.
      const isError = attributeOf(event.element, 'type') === 'error'
      expect(isError || senders.has(from), `from ${from}, who is not there`)
    }
  }
}
