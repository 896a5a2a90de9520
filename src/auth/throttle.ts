/**
 * Repeated failures by address, by certificate and by account slow down and then lock for a while. Pure: time comes in
 * as a number, and what is to be done comes out.
 */

/** What a failure is counted against. */
export type ThrottleKind = 'address' | 'certificate' | 'account'

/** Whom an attempt is about; null where that is not known (yet). */
export interface ThrottleKeys {
  /** Address of the peer as limits count it (an IPv6 address by its /64). */
  readonly address: string | null
  /** SHA-256 of the certificate. */
  readonly certificate: string | null
  /** Bare JID. */
  readonly account: string | null
}

/** Limits of one kind. */
export interface ThrottleLimits {
  /** Failures within the window that cost nothing. */
  readonly freeFailures: number
  /** Failures within the window that lock. */
  readonly maxFailures: number
}

/** Everything that a throttle goes by. */
export interface ThrottleOptions {
  readonly limits: Readonly<Record<ThrottleKind, ThrottleLimits>>
  /** How long failures are remembered, milliseconds from the first of them. */
  readonly windowMs: number
  /** Wait before the answer to the first attempt that is slowed down, milliseconds; doubled with each further failure. */
  readonly firstDelayMs: number
  readonly maxDelayMs: number
  readonly lockMs: number
  /** Entries kept for each kind; the oldest is forgotten first. */
  readonly maxEntries: number
}

/** What an attempt may expect. */
export type ThrottleAnswer =
  | { readonly kind: 'free' }
  /** To be answered only after this many milliseconds. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Not to be judged at all. `untilMs` on the clock that was handed in. */
  | { readonly kind: 'locked'; readonly by: ThrottleKind; readonly untilMs: number }

/** A lock that a failure has just caused. */
export interface NewLock {
  readonly by: ThrottleKind
  readonly key: string
  readonly untilMs: number
}

/** Remembers failures. */
export interface Throttle {
  answer(keys: ThrottleKeys, nowMs: number): ThrottleAnswer
  /** Counts a failure; returns the locks that it causes. */
  failed(keys: ThrottleKeys, nowMs: number): readonly NewLock[]
  /** Takes back what stood against this certificate and this account. The address may have other users: it keeps its count. */
  succeeded(keys: ThrottleKeys): void
  /** Locks in force, by what is locked. */
  locks(nowMs: number): Readonly<Record<ThrottleKind, number>>
}

interface Entry {
  failures: number
  /** When the first failure of the window was. */
  since: number
  /** 0 while not locked. */
  lockedUntil: number
}

const kinds: readonly ThrottleKind[] = ['address', 'certificate', 'account']
const free: ThrottleAnswer = { kind: 'free' }

/** A throttle that has seen nothing. */
export function createThrottle(options: ThrottleOptions): Throttle {
  const tables = {
    address: new Map<string, Entry>(),
    certificate: new Map<string, Entry>(),
    account: new Map<string, Entry>(),
  }
  // In the order in which they end, since all last as long: to count them takes no walk through the tables.
  const locked = { address: new Set<string>(), certificate: new Set<string>(), account: new Set<string>() }
  const forget = (kind: ThrottleKind, key: string) => {
    tables[kind].delete(key)
    locked[kind].delete(key)
  }
  const countLocks = (kind: ThrottleKind, nowMs: number): number => {
    for (const key of locked[kind]) {
      if ((tables[kind].get(key)?.lockedUntil ?? 0) > nowMs) break
      locked[kind].delete(key)
    }
    return locked[kind].size
  }
  const current = (kind: ThrottleKind, key: string | null, nowMs: number): Entry | null => {
    const entry = key === null ? undefined : tables[kind].get(key)
    return entry === undefined || isOver(entry, options.windowMs, nowMs) ? null : entry
  }
  return {
    answer: (keys, nowMs) => {
      let delayMs = 0
      for (const kind of kinds) {
        const entry = current(kind, keys[kind], nowMs)
        if (entry === null) continue
        if (entry.lockedUntil > nowMs) return { kind: 'locked', by: kind, untilMs: entry.lockedUntil }
        delayMs = Math.max(delayMs, delayOf(entry, options.limits[kind], options))
      }
      return delayMs === 0 ? free : { kind: 'slow', delayMs }
    },
    failed: (keys, nowMs) => {
      const locks: NewLock[] = []
      for (const kind of kinds) {
        const key = keys[kind]
        if (key === null) continue
        const entry = current(kind, key, nowMs) ?? { failures: 0, since: nowMs, lockedUntil: 0 }
        entry.failures += 1
        const oldest = remember(tables[kind], key, entry, options.maxEntries)
        if (oldest !== undefined) forget(kind, oldest)
        if (entry.failures < options.limits[kind].maxFailures || entry.lockedUntil > nowMs) continue
        entry.lockedUntil = nowMs + options.lockMs
        locked[kind].delete(key)
        locked[kind].add(key)
        locks.push({ by: kind, key, untilMs: entry.lockedUntil })
      }
      return locks
    },
    succeeded: ({ certificate, account }) => {
      if (certificate !== null) forget('certificate', certificate)
      if (account !== null) forget('account', account)
    },
    locks: (nowMs) => ({
      address: countLocks('address', nowMs),
      certificate: countLocks('certificate', nowMs),
      account: countLocks('account', nowMs),
    }),
  }
}

/** A lock outlives the window that it came from; when it ends, everything starts anew. */
function isOver({ since, lockedUntil }: Entry, windowMs: number, nowMs: number): boolean {
  return lockedUntil === 0 ? nowMs - since >= windowMs : lockedUntil <= nowMs
}

function delayOf(
  { failures }: Entry,
  { freeFailures }: ThrottleLimits,
  { firstDelayMs, maxDelayMs }: ThrottleOptions,
): number {
  const beyond = failures - freeFailures
  return beyond <= 0 ? 0 : Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(beyond - 1, 30))
}

/**
 * The newest failure stands last. Returns the oldest key where there are more than the limit: it is to be forgotten, so that
 * a flood of keys costs no memory.
 */
function remember(table: Map<string, Entry>, key: string, entry: Entry, maxEntries: number): string | undefined {
  table.delete(key)
  table.set(key, entry)
  return table.size > maxEntries ? table.keys().next().value : undefined
}
