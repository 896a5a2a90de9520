/** Two people whose subscription comes and goes; one change at a time, each followed by a question that is answered. */

import type { Element } from 'ltx'
import type { XmppClient } from '../../test/support/xmpp-client.ts'
import { leave, logIn, request } from '../soak/guest.ts'
import { domain, type Person } from '../soak/site.ts'
import { type Arena, hear, untilOver } from './arena.ts'
import { type Judgement, Registers } from './registers.ts'

/** How far the fan's subscription to the star has come. */
type State = 'none' | 'asked' | 'granted'

/** A change, who makes it, and where it leads. */
interface Step {
  readonly by: 'fan' | 'star'
  readonly markup: (other: string) => string
  readonly to: State
}

const presence = (type: string) => (other: string) => `<presence type='${type}' to='${other}'/>`
const removal = (other: string) =>
  `<iq type='set' id='remove'><query xmlns='jabber:iq:roster'><item jid='${other}' subscription='remove'/></query></iq>`

const steps: Readonly<Record<State, readonly Step[]>> = {
  none: [{ by: 'fan', markup: presence('subscribe'), to: 'asked' }],
  asked: [
    { by: 'star', markup: presence('subscribed'), to: 'granted' },
    { by: 'star', markup: presence('subscribed'), to: 'granted' },
    { by: 'star', markup: presence('unsubscribed'), to: 'none' },
    { by: 'fan', markup: presence('unsubscribe'), to: 'none' },
    { by: 'fan', markup: removal, to: 'none' },
  ],
  granted: [
    { by: 'star', markup: presence('unsubscribed'), to: 'none' },
    { by: 'fan', markup: presence('unsubscribe'), to: 'none' },
    { by: 'fan', markup: removal, to: 'none' },
    { by: 'star', markup: removal, to: 'none' },
  ],
}

/** The register that both sides must agree on. */
const register = 'subscription'

/** A couple with its memory of what it was promised. */
export class Couple {
  readonly fan: Person
  readonly star: Person
  readonly #registers = new Registers()
  #state: State = 'none'
  #asked = 0

  constructor(fan: Person, star: Person) {
    this.fan = fan
    this.star = star
  }

  /** Reads both sides back: they must agree, whatever was under way. */
  async check(arena: Arena): Promise<Judgement> {
    const fanSees = await this.#fanSees(arena)
    const starSees = await this.#starSees(arena)
    const judgement = this.#registers.judge(() => (fanSees === 'none' ? null : fanSees))
    this.#state = fanSees
    const disagreement = fanSees === starSees ? [] : [`the fan sees '${fanSees}', the star '${starSees}'`]
    return { ...judgement, faults: [...disagreement, ...judgement.faults] }
  }

  /** Changes until the server is gone. */
  async work(arena: Arena): Promise<void> {
    await untilOver(arena, async () => {
      using fan = await logIn(arena, 'direct', this.fan)
      using star = await logIn(arena, 'starttls', this.star)
      for (;;) {
        const step = arena.random.pick(steps[this.#state])
        const [client, other] = step.by === 'fan' ? [fan, this.star] : [star, this.fan]
        const order = this.#registers.write(register, step.to === 'none' ? null : step.to)
        if (!(await this.#make(client, step.markup(other.jid)))) return
        this.#registers.acknowledge(register, order)
        this.#state = step.to
        arena.advance()
      }
    })
  }

  /** False when the connection is gone before the question behind the change is answered. */
  async #make(client: XmppClient, markup: string): Promise<boolean> {
    this.#asked += 1
    const id = `ping-${this.#asked}`
    client.send(`${markup}<iq type='get' id='${id}' to='${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`)
    for (let answer = await hear(client); answer !== null; answer = await hear(client)) {
      if (answer.attrs['type'] === 'error') throw new Error(`refused: ${answer.toString()}`)
      if (answer.attrs['id'] === id) return true
    }
    return false
  }

  async #fanSees(arena: Arena): Promise<State> {
    using client = await logIn(arena, 'direct', this.fan)
    const item = await itemOf(client, this.star.jid)
    await leave(client)
    const subscription = item?.attrs['subscription']
    if (subscription === 'to') return item?.attrs['ask'] === undefined ? 'granted' : 'asked'
    return item?.attrs['ask'] === 'subscribe' ? 'asked' : 'none'
  }

  /** A request that waits comes with the first presence (RFC 6121 §3.1.3). */
  async #starSees(arena: Arena): Promise<State> {
    using client = await logIn(arena, 'direct', this.star)
    const item = await itemOf(client, this.fan.jid)
    client.send('<presence/>')
    client.send(`<iq type='get' id='after' to='${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`)
    let waits = false
    for (let element = await hear(client); element !== null && element.attrs['id'] !== 'after'; ) {
      if (element.attrs['type'] === 'subscribe') waits = true
      element = await hear(client)
    }
    await leave(client)
    if (item?.attrs['subscription'] === 'from') return 'granted'
    return waits ? 'asked' : 'none'
  }
}

async function itemOf(client: XmppClient, jid: string): Promise<Element | null> {
  const roster = await request(client, 'roster', 'get', "<query xmlns='jabber:iq:roster'/>")
  const items = roster.getChild('query')?.getChildElements() ?? []
  return items.find((item) => item.attrs['jid'] === jid) ?? null
}
