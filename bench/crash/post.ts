/** Somebody who writes all the time to somebody who comes and goes. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { XmppClient } from '../../test/support/xmpp-client.ts'
import { enter, logIn } from '../soak/guest.ts'
import { domain, type Person } from '../soak/site.ts'
import { type Arena, hear, tell, untilOver } from './arena.ts'
import { Mailbox } from './mailbox.ts'

const maxBodyLength = 2_000
/** Well below what the server keeps for one account, in number and in bytes. */
const maxOpen = 120
const maxBurst = 6
const maxAwayMs = 150
const maxThere = 30

/** A sender and a receiver, with their memory of what was promised. */
export class Post {
  readonly sender: Person
  readonly receiver: Person
  readonly mailbox = new Mailbox()
  #asked = 0

  constructor(sender: Person, receiver: Person) {
    this.sender = sender
    this.receiver = receiver
  }

  /** Fetches everything that waits; what was accepted must be among it. Gives what is wrong. */
  async check(arena: Arena): Promise<readonly string[]> {
    using client = await this.#comeIn(arena)
    await this.#ask(arena, client)
    this.mailbox.settle()
    await this.#goOut(arena, client)
    return this.mailbox.faults.splice(0)
  }

  /** Both do their part until the server is gone. */
  async work(arena: Arena): Promise<void> {
    const send = untilOver(arena, () => this.#send(arena))
    const receive = untilOver(arena, () => this.#receive(arena))
    await Promise.all([send, receive])
  }

  async #send(arena: Arena): Promise<void> {
    const { random } = arena
    using client = await logIn(arena, 'direct', this.sender)
    for (;;) {
      let last = 0
      const burst = this.mailbox.open > maxOpen ? 0 : 1 + random.below(maxBurst)
      for (let left = burst; left > 0; left -= 1) {
        last = this.mailbox.send()
        const body = 'x'.repeat(random.below(maxBodyLength))
        tell(
          arena,
          client,
          `<message type='chat' to='${this.receiver.jid}' id='${last}'><body>${body}</body></message>`,
        )
      }
      if (!(await this.#isAnswered(arena, client))) return
      this.mailbox.accept(last)
      arena.advance()
    }
  }

  async #receive(arena: Arena): Promise<void> {
    const { random } = arena
    this.mailbox.leave()
    for (;;) {
      await sleep(random.below(maxAwayMs))
      if (arena.isOver()) return
      using client = await this.#comeIn(arena)
      for (let left = random.below(maxThere); left > 0; left -= 1) {
        const isThere = random.chance(0.2) ? await this.#ask(arena, client) : await this.#take(client)
        if (!isThere) return
      }
      if (!(await this.#goOut(arena, client))) return
      arena.advance()
    }
  }

  #comeIn(arena: Arena): Promise<XmppClient> {
    this.mailbox.enter()
    return enter(arena, 'direct', this.receiver)
  }

  /** Takes one element; false when the connection is gone. */
  async #take(client: XmppClient): Promise<boolean> {
    const element = await hear(client)
    if (element !== null) this.#note(element)
    return element !== null
  }

  #note({ name, attrs }: { readonly name: string; readonly attrs: Record<string, unknown> }): void {
    if (name !== 'message') return
    if (attrs['type'] === 'error') this.mailbox.faults.push(`message ${String(attrs['id'])} was refused`)
    else this.mailbox.receive(Number(attrs['id']))
  }

  /**
   * Asks something twice: a message leaves the store in the turn of the server's event loop in which the connection took
   * it, so that whoever has come to a second answer has had it for good. False when there is none.
   */
  async #ask(arena: Arena, client: XmppClient): Promise<boolean> {
    const came = this.mailbox.unconfirmed
    const isAnswered = (await this.#isAnswered(arena, client)) && (await this.#isAnswered(arena, client))
    if (isAnswered) this.mailbox.confirm(came)
    return isAnswered
  }

  async #isAnswered(arena: Arena, client: XmppClient): Promise<boolean> {
    this.#asked += 1
    const id = `ping-${this.#asked}`
    tell(arena, client, `<iq type='get' id='${id}' to='${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`)
    for (let element = await hear(client); element !== null; element = await hear(client)) {
      this.#note(element)
      if (element.attrs['id'] === id) return true
    }
    return false
  }

  /** Ends the stream, and takes what is still on its way. False when the server did not answer with its own end. */
  async #goOut(arena: Arena, client: XmppClient): Promise<boolean> {
    tell(arena, client, '</stream:stream>')
    for (;;) {
      const arrival = await client.next()
      if (arrival.kind === 'element') this.#note(arrival.element)
      if (arrival.kind === 'footer') {
        // The session was out of the directory before the server said so.
        this.mailbox.leave()
        return true
      }
      if (arrival.kind === 'end') return false
    }
  }
}
