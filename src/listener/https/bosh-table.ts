/** The sessions of one BOSH door: found by their identifier, and counted by address. */

import type { Channel } from '../../certificate/channel.ts'
import type { BoshTransport } from '../../transport/bosh/transport.ts'
import { addressKey } from '../address-key.ts'

/** The table. */
export interface BoshTable {
  readonly size: number
  find(sid: string): BoshTransport | null
  /** Whether a session from there would be one too many. */
  isFull(channel: Channel, limits: { readonly maxSessions: number; readonly maxSessionsPerAddress: number }): boolean
  add(session: BoshTransport): void
  remove(session: BoshTransport): void
  readonly all: Iterable<BoshTransport>
}

/** An empty table. */
export function createBoshTable(): BoshTable {
  const sessions = new Map<string, BoshTransport>()
  const byAddress = new Map<string, number>()
  const keyOf = ({ remote }: Channel) => addressKey(remote.slice(0, remote.lastIndexOf(':')))
  return {
    get size() {
      return sessions.size
    },
    find: (sid) => sessions.get(sid) ?? null,
    isFull: (channel, { maxSessions, maxSessionsPerAddress }) =>
      sessions.size >= maxSessions || (byAddress.get(keyOf(channel)) ?? 0) >= maxSessionsPerAddress,
    add: (session) => {
      sessions.set(session.sid, session)
      const key = keyOf(session.channel)
      byAddress.set(key, (byAddress.get(key) ?? 0) + 1)
    },
    remove: (session) => {
      if (!sessions.delete(session.sid)) return
      const key = keyOf(session.channel)
      const left = (byAddress.get(key) ?? 0) - 1
      if (left > 0) byAddress.set(key, left)
      else byAddress.delete(key)
    },
    get all() {
      return [...sessions.values()]
    },
  }
}
