/** What visitors do: each kind says exactly how the server must take it, and throws when it does otherwise. */

import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../test/support/pki/random.ts'
import { mechanismsOf, readError, type XmppClient } from '../../test/support/xmpp-client.ts'
import {
  answerTo,
  connectPatient,
  endedWith,
  enter,
  leave,
  logIn,
  reach,
  request,
  settle,
  until,
  type World,
} from './guest.ts'
import { type DoorName, domain, type Person, type SoakSite } from './site.ts'

/** What visits share. */
export interface Place extends World {
  readonly site: SoakSite
  readonly random: Random
  /** Longest pause between two messages of a chat, milliseconds. */
  readonly maxPauseMs: number
  /** Visits that wait for the server's patience to end, up to 30 seconds. */
  readonly waitsForTimeouts: boolean
}

/** Two people whom nobody else is at the moment. */
export type Pair = readonly [Person, Person]

/** A kind of visit, and how often it comes among all. */
export interface VisitKind {
  readonly name: string
  readonly weight: number
  run(place: Place, pair: Pair): Promise<void>
}

const openDoor = ({ random }: Place): DoorName => random.pick(['starttls', 'direct'] as const)

/** Logins, a message to somebody who is away, subscriptions, a chat, roster changes; an orderly or a rude end. */
async function chat(place: Place, [a, b]: Pair): Promise<void> {
  const { random, tally } = place
  using alice = await enter(place, openDoor(place), a)
  const early = random.chance(0.5) ? `early-${random.below(1e9)}` : null
  if (early !== null) {
    alice.send(message(b, early))
    await settle(alice, 'kept')
  }
  using bob = await enter(place, openDoor(place), b)
  if (early !== null) {
    await until(bob, isMessage(early))
    tally.count('messages kept')
  }
  await befriend([alice, a], [bob, b])
  for (let round = random.below(6); round >= 0; round -= 1) {
    await say(place, alice, bob, b)
    await sleep(random.below(place.maxPauseMs))
    await say(place, bob, alice, a)
    await sleep(random.below(place.maxPauseMs))
  }
  await changeRoster(place, alice, b)
  if (random.chance(0.6)) {
    await Promise.all([leave(alice), leave(bob)])
  } else {
    tally.count('resets of sessions')
    alice.reset()
    bob.reset()
  }
}

async function befriend([alice, a]: [XmppClient, Person], [bob, b]: [XmppClient, Person]): Promise<void> {
  alice.send(`<presence type='subscribe' to='${b.jid}'/>`)
  await settle(alice, 'asked')
  bob.send(`<presence type='subscribed' to='${a.jid}'/>`)
  await settle(bob, 'granted')
}

async function say({ random, tally }: Place, from: XmppClient, to: XmppClient, receiver: Person): Promise<void> {
  const id = `m-${random.below(1e9)}`
  const began = performance.now()
  from.send(message(receiver, id))
  await until(to, isMessage(id))
  tally.time('message', performance.now() - began)
  tally.count('messages')
}

async function changeRoster({ random, tally }: Place, client: XmppClient, { jid }: Person): Promise<void> {
  const set = (more: string) => `<query xmlns='jabber:iq:roster'><item jid='${jid}' ${more}/></query>`
  await request(client, 'rename', 'set', set(`name='n${random.below(1000)}'`))
  const kept = `<query xmlns='jabber:iq:private'><last xmlns='urn:soak'>${random.below(1e9)}</last></query>`
  await request(client, 'keep', 'set', kept)
  if (random.chance(0.5)) await request(client, 'remove', 'set', set("subscription='remove'"))
  tally.count('roster changes')
}

const message = ({ jid }: Person, id: string) =>
  `<message type='chat' to='${jid}' id='${id}'><body>${id}: as long as what people write is, mostly.</body></message>`
const isMessage = (id: string) => (element: { name: string; attrs: Record<string, unknown> }) =>
  element.name === 'message' && element.attrs['id'] === id

/** Certificates that nobody may be let in with: on the open doors nothing is offered, the strict one hangs up. */
async function badCertificate(place: Place): Promise<void> {
  const { random, site, tally } = place
  const context = random.pick([site.stranger, site.expired])
  tally.count('bad certificates')
  if (random.chance(0.5)) {
    using client = await reach(place, 'strict', context)
    client.send(`<?xml version='1.0'?>${streamTo}`)
    const condition = await endedWith(client)
    if (condition !== 'not-authorized') throw new Error(`ended with '${condition}' instead of not-authorized`)
    return
  }
  using client = await reach(place, openDoor(place), context)
  const offered = mechanismsOf(await client.open(domain)) ?? []
  if (offered.includes('EXTERNAL')) throw new Error('EXTERNAL is offered to a bad certificate')
  await leave(client)
}

/** A good certificate that asks for another account, or names none; some ask again, rightly. */
async function wrongName(place: Place, [a, b]: Pair): Promise<void> {
  const { random, site, tally } = place
  tally.count('wrong names')
  const isNameless = random.chance(0.3)
  using client = await reach(place, openDoor(place), isNameless ? site.nameless : a.context)
  await client.open(domain)
  const failure = await client.auth(isNameless ? 'equals' : { text: b.jid })
  const { condition } = readError(failure)
  const due = isNameless ? 'not-authorized' : 'invalid-authzid'
  if (condition !== due) throw new Error(`refused with ${condition} instead of ${due}`)
  if (!isNameless && random.chance(0.5)) {
    const answer = await client.auth({ text: a.jid })
    if (answer.name !== 'success') throw new Error(`no success: ${answer.toString()}`)
    await client.bind(domain)
    await settle(client, 'in')
  }
  await leave(client)
}

/** Gone without a word, at any point of a login. */
async function vanish(place: Place, [a]: Pair): Promise<void> {
  const { random, tally } = place
  tally.count('resets before a session')
  const stage = random.below(5)
  if (stage === 0) {
    using client = await connectPatient(place.ports.direct)
    client.send(halfHello)
    client.reset()
    return
  }
  using client = await reach(place, openDoor(place), a.context)
  if (stage > 1) await client.open(domain)
  if (stage === 3) client.send("<auth xmlns='urn:ietf")
  if (stage === 4) await client.auth('equals')
  // Not from inside the handshake's own callback: Node would read on in a TLS session that is gone.
  await nextTurn()
  client.reset()
}

/** Comes, and says no more at some point: the server must lose its patience, and say so where it can. */
async function halfOpen(place: Place, [a]: Pair): Promise<void> {
  const { random, ports, tally } = place
  tally.count('half-open connections')
  const stage = random.below(4)
  using client = await connectPatient(stage === 1 ? ports.direct : ports.starttls)
  if (stage === 1) client.send(halfHello)
  if (stage === 2) client.send('<stream:stream ')
  if (stage === 3) {
    await client.open(domain)
    await client.requestTls()
    const handshake = await client.secure({ secureContext: a.context })
    if (handshake.kind === 'failed') throw new Error(`TLS failed: ${handshake.error}`)
    await client.open(domain)
    await client.auth('equals')
  }
  if (!place.waitsForTimeouts) {
    await sleep(random.below(place.maxPauseMs))
    return
  }
  const condition = await endedWith(client)
  const due = stage === 1 ? '' : 'connection-timeout'
  if (condition !== due) throw new Error(`silent at stage ${stage}, ended with '${condition}'`)
}

/** Stays for some time, and does little: a phone in a pocket. */
async function linger(place: Place, [a]: Pair): Promise<void> {
  const { random, maxPauseMs } = place
  using client = await enter(place, openDoor(place), a)
  for (let left = random.below(4); left >= 0; left -= 1) {
    await sleep(random.below(maxPauseMs * 4))
    await settle(client, `still-${left}`)
  }
  await leave(client)
}

/** Takes the place of its own older connection: the older one ends with `conflict`. */
async function replace(place: Place, [a]: Pair): Promise<void> {
  using older = await logIn(place, openDoor(place), a)
  using newer = await reach(place, openDoor(place), a.context)
  const resource = (await request(older, 'who', 'get', "<query xmlns='jabber:iq:roster'/>")).attrs['to']
  await newer.open(domain)
  await newer.auth('equals')
  await newer.bind(domain, String(resource).split('/')[1])
  const condition = await endedWith(older)
  if (condition !== 'conflict') throw new Error(`the older connection ended with '${condition}'`)
  await settle(newer, 'mine')
  place.tally.count('replaced sessions')
  await leave(newer)
}

const streams = 'http://etherx.jabber.org/streams'
const streamTo = `<stream:stream xmlns='jabber:client' xmlns:stream='${streams}' to='${domain}' version='1.0'>`
const halfHello = Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00)

/** Every kind. */
export const visitKinds: readonly VisitKind[] = [
  { name: 'chat', weight: 40, run: chat },
  { name: 'linger', weight: 20, run: linger },
  { name: 'bad certificate', weight: 10, run: badCertificate },
  { name: 'wrong name', weight: 10, run: wrongName },
  { name: 'vanish', weight: 10, run: vanish },
  { name: 'half-open', weight: 5, run: halfOpen },
  { name: 'replace', weight: 5, run: replace },
]

/** One login of everybody, so that accounts exist and messages for them are kept. */
export async function enrollAll(place: Place): Promise<void> {
  for (const person of place.site.people) await leave(await logIn(place, 'direct', person))
}

/** Stays until `signal`, saying something now and then. */
export async function stay(place: Place, person: Person, signal: AbortSignal): Promise<void> {
  using client = await enter(place, openDoor(place), person)
  for (let round = 0; !signal.aborted; round += 1) {
    await sleep(place.random.below(place.maxPauseMs * 10), null, { signal }).catch(() => null)
    client.send(`<iq type='get' id='alive-${round}' to='${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`)
    await answerTo(client, `alive-${round}`)
  }
  await leave(client)
}
