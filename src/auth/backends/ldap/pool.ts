/** Connections to the servers of one directory: opened when somebody asks, shared, replaced when they are lost. */

import type { Call } from '../../../observe/call.ts'
import { type Alarm, type AlarmClock, createAlarmClock } from '../../alarm-clock.ts'
import { type LdapConnection, LdapLost, LdapUnwelcome, openConnection } from './connection.ts'
import type { LdapPoolOptions } from './pool-options.ts'

/** How a question uses its connection: beside others, or alone on it because it changes who is speaking. */
export type LdapUse = 'shared' | 'alone'

/** A pool. Disposing of it ends its connections; what is under way is lost. */
export interface LdapPool extends AsyncDisposable {
  /**
   * Asks on some connection, again on another one when that is lost. Rejects at the call's deadline or the pool's own
   * limit, whichever is first, and then nobody waits any more.
   */
  ask<T>(use: LdapUse, call: Call, question: (connection: LdapConnection) => Promise<T>): Promise<T>
  /** Servers in the order of the configuration, with what is known of them. */
  health(): readonly LdapServerHealth[]
}

/** What is known of a server. */
export interface LdapServerHealth {
  readonly server: string
  readonly connections: number
  /** Why it failed last, if that was not long ago. */
  readonly fault: string | null
}

/** Connections on which a question is tried. */
const maxTries = 3

/** A connection that nobody used for so long is closed, milliseconds: firewalls forget it without a word. */
const maxIdleMs = 60_000

/** Questions that may wait for a connection of their own. */
const maxWaiting = 1_000

interface Slot {
  connection: LdapConnection | null
  server: number
  /** Shared by everybody who needs this connection first. */
  opening: Promise<LdapConnection> | null
  users: number
  idle: Alarm | null
}

interface ServerState {
  readonly asideUntil: number
  readonly fault: string | null
  /** It does not take us for who we are, and is left alone until then. */
  readonly isUnwelcome: boolean
}

const inOrder: ServerState = { asideUntil: 0, fault: null, isUnwelcome: false }

interface Pool {
  readonly options: LdapPoolOptions
  readonly slots: Slot[]
  readonly servers: ServerState[]
  readonly waiting: ((slot: Slot) => void)[]
  readonly clock: AlarmClock
  closed: boolean
}

/** A pool that has no connection yet. */
export function createLdapPool(options: LdapPoolOptions): LdapPool {
  const pool: Pool = {
    options,
    slots: Array.from({ length: options.workers }, () => ({
      ...{ connection: null, server: 0, opening: null, users: 0, idle: null },
    })),
    servers: options.servers.map(() => inOrder),
    waiting: [],
    clock: createAlarmClock({ holdsProcess: false }),
    closed: false,
  }
  return {
    ask: (use, call, question) => askInTime(pool, use, call, question),
    health: () => healthOf(pool),
    [Symbol.asyncDispose]: async () => {
      pool.closed = true
      for (const slot of pool.slots) {
        if (slot.idle !== null) pool.clock.clear(slot.idle)
        slot.connection?.close()
        // One that is on its way is closed on arrival.
        await slot.opening?.catch(() => undefined)
      }
    },
  }
}

type Question<T> = (connection: LdapConnection) => Promise<T>

function askInTime<T>(pool: Pool, use: LdapUse, call: Call, question: Question<T>): Promise<T> {
  const { clock, options } = pool
  const now = performance.now()
  const deadline = Math.min(call.deadline, now + options.callTimeoutMs)
  const limitMs = Math.max(0, deadline - now)
  return new Promise((resolve, reject) => {
    const late = () => reject(new LdapLost(`no answer of the directory within ${Math.round(limitMs)} ms`))
    const alarm = clock.set(deadline, late)
    askUntil(pool, use, deadline, question).then(
      (answer) => {
        clock.clear(alarm)
        resolve(answer)
      },
      (cause: unknown) => {
        clock.clear(alarm)
        reject(cause)
      },
    )
  })
}

async function askUntil<T>(pool: Pool, use: LdapUse, deadline: number, question: Question<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const taken = takeSlot(pool, use)
    const slot = taken instanceof Promise ? await taken : taken
    let connection: LdapConnection | null = null
    try {
      if (performance.now() >= deadline) throw new LdapLost('no connection was free in time')
      connection = openOf(pool, slot) ?? (await connectionOf(pool, slot))
      return await question(connection)
    } catch (cause) {
      if (!(cause instanceof LdapLost)) throw cause
      // Every server was tried for a new connection; only one that was lost in use is worth another try.
      if (connection === null) throw cause
      dropLost(pool, slot, connection, cause)
      if (tries >= maxTries || performance.now() >= deadline || pool.closed) throw cause
    } finally {
      giveBack(pool, slot)
    }
  }
}

/** The connection with least to do; a new one only when all that there are have something to do. */
function takeSlot(pool: Pool, use: LdapUse): Promise<Slot> | Slot {
  let free: Slot | null = null
  for (const slot of pool.slots) {
    if (slot.users > 0) continue
    if (slot.connection?.isOpen === true) return occupy(pool, slot)
    free ??= slot
  }
  if (free !== null) return occupy(pool, free)
  if (use === 'shared')
    return occupy(
      pool,
      pool.slots.reduce((best, slot) => (slot.users < best.users ? slot : best)),
    )
  if (pool.waiting.length >= maxWaiting) throw new LdapLost('too many logins wait for the directory')
  return new Promise((resolve) => pool.waiting.push(resolve))
}

function occupy(pool: Pool, slot: Slot): Slot {
  slot.users += 1
  if (slot.idle !== null) pool.clock.clear(slot.idle)
  slot.idle = null
  return slot
}

function giveBack(pool: Pool, slot: Slot): void {
  slot.users -= 1
  if (slot.users > 0) return
  const next = pool.waiting.shift()
  if (next !== undefined) {
    next(occupy(pool, slot))
    return
  }
  slot.idle = pool.clock.set(performance.now() + maxIdleMs, () => slot.connection?.close())
}

/** The slot's connection, if it is there: nobody waits for it then. */
function openOf(pool: Pool, { connection }: Slot): LdapConnection | null {
  return connection?.isOpen === true && !pool.closed ? connection : null
}

/** The slot's connection. Everybody who finds it closed waits for the same new one. */
async function connectionOf(pool: Pool, slot: Slot): Promise<LdapConnection> {
  if (pool.closed) throw new LdapLost('the pool is closed')
  if (slot.connection?.isOpen) return slot.connection
  slot.connection = null
  slot.opening ??= openAny(pool, slot).finally(() => {
    slot.opening = null
  })
  return slot.opening
}

/** Connects to the first server that can be had; those that failed lately are tried last. */
async function openAny(pool: Pool, slot: Slot): Promise<LdapConnection> {
  const { options } = pool
  const started = performance.now()
  const faults: string[] = []
  for (const index of serverOrder(pool)) {
    const host = options.servers[index]
    const leftMs = options.callTimeoutMs - (performance.now() - started)
    const { isUnwelcome, asideUntil, fault } = pool.servers[index] ?? inOrder
    if (isUnwelcome && asideUntil > performance.now()) {
      faults.push(`${host}: ${fault}`)
      continue
    }
    if (host === undefined || leftMs <= 0 || pool.closed) break
    try {
      // No server may take the time that the others need.
      const connection = await openConnection(
        host,
        options,
        Math.min(leftMs, options.callTimeoutMs / options.servers.length),
        pool.clock,
      )
      if (pool.closed) {
        connection.close()
        break
      }
      pool.servers[index] = inOrder
      slot.connection = connection
      slot.server = index
      return connection
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      setAside(pool, index, why, cause instanceof LdapUnwelcome)
      faults.push(`${host}: ${why}`)
    }
  }
  throw new LdapLost(pool.closed ? 'the pool is closed' : `no server answers (${faults.join('; ')})`)
}

function serverOrder({ servers }: Pool): readonly number[] {
  const now = performance.now()
  const isAside = (index: number): boolean => (servers[index]?.asideUntil ?? 0) > now
  const all = [...servers.keys()]
  return [...all.filter((index) => !isAside(index)), ...all.filter(isAside)]
}

/** Closes a connection that failed, and has its server tried last for a while. */
function dropLost(pool: Pool, slot: Slot, connection: LdapConnection, cause: LdapLost): void {
  connection.close()
  // Of several who lost the same one, the first has done what follows.
  if (slot.connection !== connection) return
  slot.connection = null
  setAside(pool, slot.server, cause.message, false)
}

function setAside(pool: Pool, index: number, fault: string, isUnwelcome: boolean): void {
  pool.servers[index] = { asideUntil: performance.now() + pool.options.asideMs, fault, isUnwelcome }
}

function healthOf({ options, slots, servers }: Pool): readonly LdapServerHealth[] {
  return options.servers.map((server, index) => ({
    server,
    connections: slots.filter((slot) => slot.server === index && slot.connection?.isOpen === true).length,
    fault: servers[index]?.fault ?? null,
  }))
}
