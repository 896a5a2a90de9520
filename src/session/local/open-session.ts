/** Makes a bound session and takes it down again: the one place where sessions come and go. */

import type { BareJid } from '../../jid/jid.ts'
import { unreachable } from '../../result.ts'
import type { Account } from '../contract.ts'
import type { Line } from './line.ts'
import { takesKept } from './offline.ts'
import { Outbox, type OutboxFault } from './outbox.ts'
import { withdraw } from './presence.ts'
import type { Realm } from './realm.ts'
import { type Availability, ownerOf, type Session, type StreamEnd } from './session.ts'
import { createWriteBudget, type WriteBudget } from './write-budget.ts'

/** What binding decided. */
export interface SessionSeed {
  /** Prepared. */
  readonly resource: string
  readonly lang: string | null
}

/**
 * Binds the resource. A session that already has it ends with `conflict`: of the three policies of RFC 6120 §7.7.2.2 the
 * one that lets a client in again whose old connection is dead but not yet known to be. Null when the account has as many
 * resources as it may.
 */
export function openSession(realm: Realm, account: Account, line: Line, seed: SessionSeed): Session | null {
  const { directory, limits } = realm
  const owner = ownerOf(account.jid)
  const conflicting = directory.find(owner, seed.resource)
  if (conflicting === null && directory.of(owner).length >= limits.maxResources) return null
  void conflicting?.end({ condition: 'conflict', text: 'replaced by a new connection' }, true)
  const session = new BoundSession(realm, account, line, seed)
  directory.add(session)
  realm.log.info('session_opened', { jid: session.jid, certificateSha256: account.certificateSha256 })
  return session
}

/** A session with what ends it: one object and the closures of its outbox, since there may be ten thousand of them. */
class BoundSession implements Session {
  readonly account: BareJid
  readonly owner: string
  readonly resource: string
  readonly jid: string
  readonly lang: string | null
  readonly outbox: Outbox
  readonly writes: WriteBudget
  availability: Availability | null = null
  interested = false
  versioned = false
  owedPushes: Set<string> | null = null
  directed: Set<string> | null = null
  readonly #realm: Realm
  readonly #line: Line
  #over: Promise<void> | null = null

  constructor(realm: Realm, { jid }: Account, line: Line, { resource, lang }: SessionSeed) {
    this.account = jid
    this.owner = ownerOf(jid)
    this.resource = resource
    this.jid = `${this.owner}/${resource}`
    this.lang = lang
    this.writes = createWriteBudget(realm.limits, realm.now())
    this.#realm = realm
    this.#line = line
    this.outbox = new Outbox(line, realm.limits, (fault) => void this.end(reasonOf(fault), false))
  }

  end(reason: StreamEnd | null, drain: boolean): Promise<void> {
    this.#over ??= endSession(this.#realm, this, this.#line, reason, drain)
    return this.#over
  }
}

function reasonOf(fault: OutboxFault): StreamEnd | null {
  switch (fault) {
    case 'overflow':
    case 'stalled':
      return { condition: 'resource-constraint', text: 'the client does not read what it is sent' }
    case 'broken':
      return null
    default:
      return unreachable(fault)
  }
}

async function endSession(
  realm: Realm,
  session: Session,
  line: Line,
  reason: StreamEnd | null,
  drain: boolean,
): Promise<void> {
  line.halt()
  leave(realm, session)
  realm.log.info('session_closed', { jid: session.jid, condition: reason?.condition ?? null })
  try {
    if (drain) await session.outbox.drain(realm.limits.drainMs)
    session.outbox.close()
    passOn(realm, session.owner)
  } finally {
    await line.close(reason)
  }
}

/** Takes the session out of the directory, and tells whoever saw it. */
function leave(realm: Realm, session: Session): void {
  if (!realm.directory.remove(session) || realm.isClosing()) return
  try {
    withdraw(realm, session)
  } catch (cause) {
    realm.log.error('store_fault', { cause, consequence: 'contacts were not told that a session ended' })
  }
}

/** Messages that the session did not take go to another resource that takes messages, if there is one. */
function passOn(realm: Realm, owner: string): void {
  if (realm.isClosing()) return
  const heir = realm.directory.of(owner).find(takesKept)
  if (heir === undefined) return
  try {
    realm.offline.handOver(heir)
  } catch (cause) {
    realm.log.error('store_fault', { cause, consequence: 'kept messages wait for the next presence' })
  }
}
