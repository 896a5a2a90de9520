/** Somebody who changes the roster and private data through one stream, and watches the roster from another. */

import type { Element } from 'ltx'
import type { XmppClient } from '../../test/support/xmpp-client.ts'
import { leave, logIn, request } from '../soak/guest.ts'
import type { Person } from '../soak/site.ts'
import { type Arena, hear, untilOver } from './arena.ts'
import { type Judgement, Registers, type Value } from './registers.ts'

const contactCount = 6
const noteCount = 3
const maxUnanswered = 4

/** A writer with its memory of what it was promised. */
export class Writer {
  readonly person: Person
  readonly #registers = new Registers()
  readonly #faults: string[] = []
  /** Keeps values apart over all rounds. */
  #count = 0
  /** The roster as it was pushed to the watching stream, and its version there. */
  #seen = new Map<string, Value>()
  #version = ''
  /** Contacts that are there once all that was sent is done. */
  #listed = new Set<string>()

  constructor(person: Person) {
    this.person = person
  }

  /** Reads everything back, and judges it. */
  async check(arena: Arena): Promise<Judgement> {
    using client = await logIn(arena, 'direct', this.person)
    const unchanged = await request(client, 'since', 'get', rosterQuery(this.#version))
    const roster = await request(client, 'all', 'get', rosterQuery(''))
    const items = itemsOf(roster)
    const isSame = this.#version !== '' && unchanged.getChild('query') === undefined
    if (isSame && !sameItems(items, this.#seen)) {
      this.#faults.push(`version ${this.#version} stands for two rosters`)
    }
    const notes = await this.#readNotes(client)
    await leave(client)
    const read = (name: string): Value => items.get(name) ?? notes.get(name) ?? null
    const known = new Set(this.#registers.names)
    for (const name of items.keys()) if (!known.has(name)) this.#faults.push(`${name} was never written`)
    const judgement = this.#registers.judge(read)
    this.#listed = new Set(items.keys())
    return { ...judgement, faults: [...this.#faults.splice(0), ...judgement.faults] }
  }

  /** Writes until the server is gone. */
  async work(arena: Arena): Promise<void> {
    await untilOver(arena, async () => {
      using eye = await logIn(arena, 'starttls', this.person)
      const roster = await request(eye, 'watch', 'get', rosterQuery(''))
      this.#seen = itemsOf(roster)
      this.#version = versionOf(roster)
      using pen = await logIn(arena, 'direct', this.person)
      await Promise.all([this.#watch(eye), this.#write(arena, pen)])
    })
  }

  async #write(arena: Arena, pen: XmppClient): Promise<void> {
    const unanswered = new Map<string, () => void>()
    for (;;) {
      const wanted = 1 + arena.random.below(maxUnanswered)
      while (unanswered.size < wanted) {
        this.#count += 1
        const id = `w${this.#count}`
        const { payload, acknowledge } = this.#choose(arena)
        unanswered.set(id, acknowledge)
        pen.send(`<iq type='set' id='${id}'>${payload}</iq>`)
      }
      const answer = await hear(pen)
      if (answer === null) return
      const acknowledge = unanswered.get(String(answer.attrs['id']))
      if (acknowledge === undefined) continue
      unanswered.delete(String(answer.attrs['id']))
      if (answer.attrs['type'] === 'result') acknowledge()
      else this.#faults.push(`refused: ${answer.toString()}`)
      arena.advance()
    }
  }

  /** A roster push tells of a change that is safe. */
  async #watch(eye: XmppClient): Promise<void> {
    for (let push = await hear(eye); push !== null; push = await hear(eye)) {
      this.#version = versionOf(push)
      for (const item of push.getChild('query')?.getChildElements() ?? []) {
        const [jid, value] = [String(item.attrs['jid']), contentsOf(item)]
        if (value === null) this.#seen.delete(jid)
        else this.#seen.set(jid, value)
        if (!this.#registers.observe(jid, value)) this.#faults.push(`${jid} was pushed as ${value}`)
      }
    }
  }

  #choose({ random }: Arena): { readonly payload: string; readonly acknowledge: () => void } {
    const registers = this.#registers
    const value = `v${this.#count}`
    const writes = (names: readonly string[], written: Value) => {
      const orders = names.map((name) => [name, registers.write(name, written)] as const)
      return () => {
        for (const [name, order] of orders) registers.acknowledge(name, order)
      }
    }
    if (random.chance(0.4)) {
      // Two in one request: both or neither.
      const names = [noteName(0), noteName(1 + random.below(noteCount - 1))]
      const notes = names.map((name) => `<${name} xmlns='urn:crash:${name}'>${value}</${name}>`).join('')
      const payload = `<query xmlns='jabber:iq:private'>${notes}</query>`
      return { payload, acknowledge: writes(names, value) }
    }
    const jid = `c${random.below(contactCount)}@friends.example`
    // To remove a contact that is not there would be refused.
    if (this.#listed.has(jid) && random.chance(0.3)) {
      this.#listed.delete(jid)
      return { payload: setItem(`jid='${jid}' subscription='remove'`), acknowledge: writes([jid], null) }
    }
    this.#listed.add(jid)
    const payload = setItem(`jid='${jid}' name='${value}'`, `<group>${value}</group><group>all</group>`)
    return { payload, acknowledge: writes([jid], `${value},${value},all`) }
  }

  async #readNotes(client: XmppClient): Promise<Map<string, Value>> {
    const notes = new Map<string, Value>()
    for (let index = 0; index < noteCount; index += 1) {
      const name = noteName(index)
      const query = `<query xmlns='jabber:iq:private'><${name} xmlns='urn:crash:${name}'/></query>`
      const answer = await request(client, `note-${index}`, 'get', query)
      notes.set(name, answer.getChild('query')?.getChildText(name) || null)
    }
    return notes
  }
}

const noteName = (index: number): string => `note${index}`
const rosterQuery = (version: string): string => `<query xmlns='jabber:iq:roster' ver='${version}'/>`
const setItem = (attributes: string, content = ''): string =>
  `<query xmlns='jabber:iq:roster'><item ${attributes}>${content}</item></query>`
const versionOf = (iq: Element): string => String(iq.getChild('query')?.attrs['ver'] ?? '')

function itemsOf(roster: Element): Map<string, Value> {
  const items = roster.getChild('query')?.getChildElements() ?? []
  return new Map(items.map((item) => [String(item.attrs['jid']), contentsOf(item)]))
}

/** Name and groups of an item; null for one that was removed. */
function contentsOf(item: Element): Value {
  if (item.attrs['subscription'] === 'remove') return null
  return [item.attrs['name'], ...item.getChildren('group').map((group) => group.getText())].join(',')
}

function sameItems(a: ReadonlyMap<string, Value>, b: ReadonlyMap<string, Value>): boolean {
  return a.size === b.size && [...a].every(([jid, value]) => b.get(jid) === value)
}
