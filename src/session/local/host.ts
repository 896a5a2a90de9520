/** The embedded session host: what Signet is when there is no other XMPP server behind it. */

import type { Log } from '../../observe/log.ts'
import { fail, ok, type Result } from '../../result.ts'
import type { StreamCondition } from '../../xml/stream-error.ts'
import type { Account, Conduit, HostedSession, SessionHost, SessionTerms } from '../contract.ts'
import { CertificateClock } from './certificate-clock.ts'
import { defaultLocalLimits, type LocalLimits } from './limits.ts'
import { createLine, type Line } from './line.ts'
import { createOfflineDesk } from './offline.ts'
import type { Realm, Software } from './realm.ts'
import { Directory, ownerOf, type Session, type StreamEnd } from './session.ts'
import type { StoreFault } from './store/database.ts'
import { openStore } from './store/store.ts'
import { runSession, type StreamOptions } from './stream.ts'
import { enrollAccount } from './subscribing.ts'

/** What a local host is made of. */
export interface LocalHostOptions {
  /** Domains served, prepared. */
  readonly domains: readonly string[]
  /** Path of the SQLite file, or `:memory:`. */
  readonly database: string
  readonly log: Log
  /** What XEP-0092 tells; "Signet" without a version when left out. */
  readonly software?: Software
  /** Milliseconds since the epoch; the clock when left out. */
  readonly now?: () => number
  readonly limits?: Partial<LocalLimits>
}

/** The embedded session host. Disposing it ends all sessions with `system-shutdown` and closes the file. */
export interface LocalHost extends SessionHost {
  /** Bound resources. */
  readonly sessionCount: number
  /** Whether what must survive can be written; as it was within the last second. */
  isWell(): boolean
  /** Serves these domains from now on; streams of accounts elsewhere end with `host-gone` (RFC 6120 §4.9.3.5). */
  setDomains(domains: readonly string[]): void
  /** Ends every stream with an error and takes no more. Resolves when all are over. */
  closeAll(condition: StreamCondition, text?: string): Promise<void>
}

/** How long an answer of the disk holds, milliseconds: strangers may ask for it as often as they like. */
const probeMs = 1_000

/** A stream under way, bound or not: one object, since it lives as long. */
class Carried implements StreamOptions {
  readonly account: Account
  readonly line: Line
  readonly legacySession: boolean
  /** Null until a resource is bound. */
  session: Session | null = null
  readonly #all: Map<Carried, Promise<void>>

  constructor(account: Account, line: Line, legacySession: boolean, all: Map<Carried, Promise<void>>) {
    this.account = account
    this.line = line
    this.legacySession = legacySession
    this.#all = all
  }

  onBound(session: Session): void {
    this.session = session
  }

  onOver(): void {
    this.#all.delete(this)
  }
}

/** Opens the store and makes the host. */
export function openLocalHost(options: LocalHostOptions): Result<LocalHost, StoreFault> {
  const limits = { ...defaultLocalLimits, ...options.limits }
  const opened = openStore(options.database, limits)
  if (!opened.ok) return opened
  const { log, software = { name: 'Signet', version: 'unknown' }, now = Date.now } = options
  const store = opened.value
  let domains: ReadonlySet<string> = new Set(options.domains)
  let isClosing = false
  const carried = new Map<Carried, Promise<void>>()
  const realm: Realm = {
    store,
    directory: new Directory(),
    offline: createOfflineDesk({ store, now, log }),
    limits,
    software,
    log,
    now,
    serves: (domain) => domains.has(domain),
    isClosing: () => isClosing,
  }
  const carry = (account: Account, { legacySession }: SessionTerms, conduit: Conduit): Promise<void> => {
    const line = createLine(conduit)
    if (isClosing) return line.close({ condition: 'system-shutdown' })
    if (!domains.has(account.jid.domain)) return line.close({ condition: 'host-gone' })
    const entry = new Carried(account, line, legacySession, carried)
    const over = runSession(realm, account, line, entry)
    carried.set(entry, over)
    certificates.note(account.certificateNotAfter)
    return over
  }
  const endStreams = async (isMeant: (account: Account) => boolean, reason: StreamEnd) => {
    const meant = [...carried].filter(([{ account }]) => isMeant(account))
    for (const [{ line, session }] of meant) void (session === null ? line.close(reason) : session.end(reason, true))
    await Promise.all(meant.map(([, over]) => over))
  }
  const certificates = new CertificateClock(now, (nowMs) => {
    const isOver = ({ certificateNotAfter }: Account) => certificateNotAfter !== null && certificateNotAfter <= nowMs
    void endStreams(isOver, { condition: 'reset', text: 'the certificate that logged you in is not valid any more' })
    let next = Number.POSITIVE_INFINITY
    for (const { account } of carried.keys()) {
      if (!isOver(account)) next = Math.min(next, account.certificateNotAfter ?? next)
    }
    return next
  })
  const closeAll = (condition: StreamCondition, text?: string) => {
    isClosing = true
    certificates.stop()
    return endStreams(() => true, text === undefined ? { condition } : { condition, text })
  }
  return ok({
    get sessionCount() {
      return realm.directory.size
    },
    isWell: createProbe(() => store.isWritable()),
    open: (account, terms) => {
      const refusal = refuseAccount(realm, account)
      return refusal === null ? ok(createHosted((conduit) => carry(account, terms, conduit))) : fail({ why: refusal })
    },
    setDomains: (next) => {
      domains = new Set(next)
      void endStreams(({ jid }) => !domains.has(jid.domain), { condition: 'host-gone' })
    },
    closeAll,
    [Symbol.asyncDispose]: async () => {
      await closeAll('system-shutdown')
      realm.offline.flush()
      store.close()
    },
  })
}

function createProbe(ask: () => boolean): () => boolean {
  let isWell = true
  let askedAt = Number.NEGATIVE_INFINITY
  return () => {
    if (performance.now() - askedAt < probeMs) return isWell
    askedAt = performance.now()
    isWell = ask()
    return isWell
  }
}

/** Why no session can be had for an account; null if one can. Notes the account, so that it exists for others. */
function refuseAccount(realm: Realm, { jid }: Account): string | null {
  if (realm.isClosing()) return 'the server is shutting down'
  if (!realm.serves(jid.domain)) return `the domain ${jid.domain} is not served any more`
  try {
    enrollAccount(realm, ownerOf(jid))
    return null
  } catch (cause) {
    realm.log.error('store_fault', { cause, account: ownerOf(jid) })
    return 'the store of the local session host failed'
  }
}

/** A session that can be carried once; abandoned, it carries nothing. */
function createHosted(carry: (conduit: Conduit) => Promise<void>): HostedSession {
  // Spent, it keeps nothing alive: who carries a session may hold it for as long as that lasts.
  let unspent: typeof carry | null = carry
  return {
    carry: (conduit) => {
      const carryOnce = unspent
      unspent = null
      return carryOnce === null ? conduit.close({ condition: 'internal-server-error' }) : carryOnce(conduit)
    },
    abandon: () => {
      unspent = null
    },
  }
}
