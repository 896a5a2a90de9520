/**
 * Wire transcripts as data: who does what, who gets what, and nothing else. A step is `[who, act, detail]`, where `who`
 * is `local/resource` at localhost. What a step does not name must not arrive: at the end all inboxes are empty.
 */

import assert from 'node:assert/strict'
import { silentLog } from '../../src/observe/log.ts'
import { type LocalHost, type LocalHostOptions, openLocalHost } from '../../src/session/local/host.ts'
import { createMemoryConduit, headerOf, type MemoryConduit, mask, normalize, parseElement } from './memory-conduit.ts'

/** One step of a transcript. */
export type Step =
  /** Logs in and binds the resource. */
  | readonly [who: string, act: 'enters']
  | readonly [who: string, act: 'sends', markup: string]
  /** The oldest untaken stanza is exactly this one; `{any}` stands for any value of an attribute or text. */
  | readonly [who: string, act: 'gets', markup: string]
  /** Throws away what has arrived. `*` is everybody. */
  | readonly [who: string, act: 'forgets']
  /** The connection breaks. */
  | readonly [who: string, act: 'vanishes']
  /** Closes the stream. */
  | readonly [who: string, act: 'leaves']
  /** The server has ended the stream with this error. */
  | readonly [who: string, act: 'is ended with', condition: string]

/** A transcript. */
export interface Scene {
  readonly name: string
  readonly steps: readonly Step[]
}

interface Actor {
  readonly conduit: MemoryConduit
  readonly over: Promise<void>
}

/** Midnight of the day in which all transcripts take place. */
export const sceneTime = Date.UTC(2026, 0, 2)

const account = (local: string) => ({
  jid: { local, domain: 'localhost' },
  certificateSha256: null,
  certificateNotAfter: null,
})

/** A host at localhost on a store in memory. Throws if it cannot be opened. */
export function openTestHost(options: Partial<LocalHostOptions> = {}): LocalHost {
  const opened = openLocalHost({
    domains: ['localhost'],
    database: ':memory:',
    log: silentLog,
    software: { name: 'Signet', version: '1.2.3' },
    now: () => sceneTime,
    ...options,
  })
  if (!opened.ok) throw new Error(opened.error.why)
  return opened.value
}

/** Lets an account in and hands its session the conduit; resolves when the session is under way. */
export async function carry(
  host: LocalHost,
  local: string,
  conduit: MemoryConduit,
  terms = { legacySession: true },
): Promise<{ readonly over: Promise<void> }> {
  const opened = await host.open(account(local), terms, { deadline: Infinity, signal: new AbortController().signal })
  if (!opened.ok) throw new Error(opened.error.why)
  return { over: opened.value.carry(conduit) }
}

/** The next stanza that the server writes, or null if it closes instead. */
export async function takeNext(conduit: MemoryConduit): Promise<string | null> {
  while (conduit.received.length === 0 && !conduit.isClosed) {
    const { promise, resolve } = Promise.withResolvers<void>()
    conduit.onWrite = resolve
    await Promise.race([promise, conduit.closed])
    conduit.onWrite = null
  }
  return conduit.received.shift() ?? null
}

/** Plays a transcript on a fresh host, or on the one given, which then stays open. */
export async function playScene({ steps }: Scene, options: Partial<LocalHostOptions> = {}, given?: LocalHost) {
  const host = given ?? openTestHost(options)
  const actors = new Map<string, Actor>()
  try {
    for (const [index, step] of steps.entries()) await play(host, actors, step, `step ${index + 1}: ${step.join(' ')}`)
    for (const [who, { conduit }] of actors) {
      await synchronize(conduit)
      assert.deepEqual(conduit.received, [], `${who} got what the transcript does not name`)
    }
  } finally {
    for (const { conduit, over } of actors.values()) {
      conduit.bring({ kind: 'end' })
      await over
    }
    if (given === undefined) await host[Symbol.asyncDispose]()
  }
}

async function play(host: LocalHost, actors: Map<string, Actor>, step: Step, where: string): Promise<void> {
  const [who, act, detail = ''] = step
  if (act === 'enters') {
    actors.set(who, await enter(host, who))
    return
  }
  if (act === 'forgets') {
    const meant = who === '*' ? [...actors.values()] : [actorOf(actors, who)]
    for (const { conduit } of meant) {
      await synchronize(conduit)
      conduit.received.length = 0
    }
    return
  }
  const { conduit, over } = actorOf(actors, who)
  switch (act) {
    case 'sends':
      conduit.bring({ kind: 'element', element: parseElement(detail) })
      return synchronize(conduit)
    case 'gets':
      await synchronize(conduit)
      return compare(conduit.received.shift(), detail, where)
    case 'vanishes':
      conduit.bring({ kind: 'end' })
      actors.delete(who)
      return over
    case 'leaves':
      conduit.bring({ kind: 'close' })
      actors.delete(who)
      await over
      return assert.equal(await conduit.closed, null, where)
    case 'is ended with':
      actors.delete(who)
      await over
      return assert.equal((await conduit.closed)?.condition, detail, where)
  }
}

function actorOf(actors: ReadonlyMap<string, Actor>, who: string): Actor {
  const actor = actors.get(who)
  if (actor === undefined) throw new Error(`${who} has not entered`)
  return actor
}

async function enter(host: LocalHost, who: string): Promise<Actor> {
  const [local = '', resource = ''] = who.split('/')
  const conduit = createMemoryConduit()
  const { over } = await carry(host, local, conduit)
  conduit.bring({ kind: 'open', header: headerOf() })
  const bind = `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${resource}</resource></bind>`
  conduit.bring({ kind: 'element', element: parseElement(`<iq type='set' id='bind'>${bind}</iq>`) })
  const bound = (await takeNext(conduit)) ?? ''
  assert.match(bound, new RegExp(`<jid>${local}@localhost/${resource}</jid>`), `${who} could not bind`)
  return { conduit, over }
}

let lastSync = 0

/** Returns when everything that the server had queued for the client has arrived, or its stream is over. */
async function synchronize(conduit: MemoryConduit): Promise<void> {
  lastSync += 1
  const id = `sync-${lastSync}`
  const ping = parseElement(`<iq type='get' id='${id}' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>`)
  const isPong = (markup: string) => markup.includes(`id='${id}'`)
  conduit.bring({ kind: 'element', element: ping })
  const { promise, resolve } = Promise.withResolvers<void>()
  conduit.onWrite = () => {
    if (conduit.received.some(isPong)) resolve()
  }
  conduit.onWrite()
  await Promise.race([promise, conduit.closed])
  conduit.onWrite = null
  const at = conduit.received.findIndex(isPong)
  if (at >= 0) conduit.received.splice(at, 1)
}

/** Asserts that `actual` is the stanza `expected`, masked. */
export function compare(actual: string | undefined | null, expected: string, where: string): void {
  if (actual === undefined || actual === null) assert.fail(`${where}: nothing arrived`)
  const element = parseElement(actual)
  const wanted = parseElement(expected)
  mask(element, wanted)
  assert.equal(normalize(element), normalize(wanted), where)
}

/** Steps after which these clients are bound, know their rosters and are available, and have seen nothing. */
export function online(...names: readonly string[]): readonly Step[] {
  const steps = names.flatMap((who): Step[] => [
    [who, 'enters'],
    [who, 'sends', "<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>"],
    [who, 'sends', '<presence/>'],
  ])
  return [...steps, ['*', 'forgets']]
}

/** Steps after which two bound clients' accounts see each other's presence, and have seen nothing of how it came. */
export function befriend(a: string, b: string): readonly Step[] {
  const bare = (who: string) => `${who.split('/')[0]}@localhost`
  return [
    [a, 'sends', `<presence type='subscribe' to='${bare(b)}'/>`],
    [b, 'sends', `<presence type='subscribed' to='${bare(a)}'/>`],
    [b, 'sends', `<presence type='subscribe' to='${bare(a)}'/>`],
    [a, 'sends', `<presence type='subscribed' to='${bare(b)}'/>`],
    ['*', 'forgets'],
  ]
}

/** A stanza error as the sender gets it. */
export function errorStanza(
  kind: 'iq' | 'message' | 'presence',
  condition: string,
  type: string,
  attributes: string,
): string {
  const error = `<error type='${type}'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>`
  return `<${kind} type='error' ${attributes}>${error}</${kind}>`
}
