/** The state of one bound resource, and of all of them together. */

import type { BareJid } from '../../jid/jid.ts'
import { formatBare } from '../../jid/jid.ts'
import type { StreamCondition } from '../../xml/stream-error.ts'
import type { Outbox } from './outbox.ts'
import type { WriteBudget } from './write-budget.ts'

/** What a resource last told the server of itself. */
export interface Availability {
  /** -128 to 127 (RFC 6121 §4.7.2.3). */
  readonly priority: number
  /** The `<presence/>` with `from`, without `to`. */
  readonly markup: string
}

/** The error that ends a stream. */
export interface StreamEnd {
  readonly condition: StreamCondition
  readonly text?: string
}

/** One bound resource. Changed only by the rooms of the local host, always within one turn. */
export interface Session {
  readonly account: BareJid
  /** The bare JID in text form: the key of everything that belongs to the account. */
  readonly owner: string
  readonly resource: string
  /** The full JID in text form. */
  readonly jid: string
  /** Default language of what the client sends, from its stream header. */
  readonly lang: string | null
  readonly outbox: Outbox
  readonly writes: WriteBudget
  /** Null until initial presence and after unavailable presence. */
  availability: Availability | null
  /** It asked for the roster and so gets roster pushes (RFC 6121 §2.2). */
  interested: boolean
  /** It named a roster version when it asked (RFC 6121 §2.6). */
  versioned: boolean
  /** Contacts whose changes it has yet to be told of; null while there are none. */
  owedPushes: Set<string> | null
  /** Addresses that got presence directly and will get its end (RFC 6121 §4.6.3); null while there are none. */
  directed: Set<string> | null
  /**
   * Ends the session: it is out of the directory when the call returns; with `drain` the client may take what is queued
   * first. The first call decides. Never rejects.
   */
  end(reason: StreamEnd | null, drain: boolean): Promise<void>
}

/** All bound resources. */
export class Directory {
  readonly #accounts = new Map<string, Map<string, Session>>()

  add(session: Session): void {
    const resources = this.#accounts.get(session.owner) ?? new Map<string, Session>()
    resources.set(session.resource, session)
    this.#accounts.set(session.owner, resources)
  }

  /** False if this very session was not there. */
  remove(session: Session): boolean {
    const resources = this.#accounts.get(session.owner)
    if (resources?.get(session.resource) !== session) return false
    resources.delete(session.resource)
    if (resources.size === 0) this.#accounts.delete(session.owner)
    return true
  }

  find(owner: string, resource: string): Session | null {
    return this.#accounts.get(owner)?.get(resource) ?? null
  }

  /** Sessions of one account, oldest first. */
  of(owner: string): readonly Session[] {
    const resources = this.#accounts.get(owner)
    return resources === undefined ? [] : [...resources.values()]
  }

  /** Sessions of one account that sent initial presence. */
  availableOf(owner: string): readonly Session[] {
    return this.of(owner).filter((session) => session.availability !== null)
  }

  /** Bound sessions of all accounts. */
  get size(): number {
    let size = 0
    for (const resources of this.#accounts.values()) size += resources.size
    return size
  }
}

/** The key of an account. */
export function ownerOf(account: BareJid): string {
  return formatBare(account)
}
