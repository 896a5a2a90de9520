/** One connection to one server, from connecting to its end. It is never mended: who lost one opens another. */

import type { connect } from 'node:net'
import { Client, type SearchOptions, type SearchResult } from 'ldapts'
import type { AlarmClock } from '../../alarm-clock.ts'
import { searchWithAliases } from './aliases.ts'
import type { LdapPoolOptions } from './pool-options.ts'
import { openSocket } from './socket.ts'

/** The connection is gone, was never there, or its server is about to go: another one may answer. */
export class LdapLost extends Error {}

/** The server is there, and does not take us for who we are: to ask again at once could lock us out. */
export class LdapUnwelcome extends LdapLost {}

/** The server answered, and not with success. */
export class LdapRefusal extends Error {
  /** RFC 4511 §4.1.9. */
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** Result codes by which a server says that it cannot answer now: busy, unavailable (RFC 4511 §A.2). */
const passingCodes: readonly number[] = [51, 52]

/** Octets that a server may send without having answered anything. */
const maxReplyBytes = 4 * 1024 * 1024

/** What a pool lends to those who ask. Everything rejects with `LdapLost` or `LdapRefusal`. */
export interface LdapConnection {
  readonly isOpen: boolean
  search(base: string, options: SearchOptions): Promise<SearchResult>
  /** Succeeds when the directory takes the password; the connection then speaks as that entry. */
  bind(dn: string, password: string): Promise<void>
  /** Ends it at once; what is under way is lost. */
  close(): void
}

/** Connects to a server, and says who we are where `identity` asks for it. */
export async function openConnection(
  host: string,
  options: LdapPoolOptions,
  limitMs: number,
  clock: AlarmClock,
): Promise<LdapConnection> {
  const { port, tls, identity, callTimeoutMs } = options
  const started = performance.now()
  const socket = await openSocket({ host, port, tls }, limitMs).catch((cause: unknown) => {
    throw new LdapLost(cause instanceof Error ? cause.message : String(cause))
  })
  const client = new Client({
    // Where it goes is settled: the socket is there, and a second one is never made.
    url: 'ldap://directory.invalid',
    connectTimeout: limitMs,
    createConnection: (() => socket) as typeof connect,
  })
  const searchIn = searchWithAliases(client)
  let answered = 0
  let isWatched = false
  const watch = (): void => {
    if (isWatched) return
    isWatched = true
    socket.on('data', () => {
      if (socket.bytesRead - answered > maxReplyBytes) socket.destroy()
    })
  }
  const ask = async <T>(question: () => Promise<T>): Promise<T> => {
    // The library would open a connection of its own.
    if (!socket.writable) throw new LdapLost('the connection is closed')
    // Who is silent for so long is left. The library has a limit as well, by a timer for each question.
    const alarm = clock.set(performance.now() + callTimeoutMs, () => socket.destroy())
    try {
      const pending = question()
      // Only now does the library read: a listener of ours before it would have taken its first octets.
      watch()
      const answer = await pending
      answered = socket.bytesRead
      return answer
    } catch (cause) {
      const fault = faultOf(cause)
      if (fault instanceof LdapLost) socket.destroy()
      throw fault
    } finally {
      clock.clear(alarm)
    }
  }
  let isLate = false
  const expire = (): void => {
    isLate = true
    socket.destroy()
  }
  const timer = setTimeout(expire, limitMs - (performance.now() - started))
  try {
    // Nobody in particular needs no introduction (RFC 4513 §4), and some servers refuse one.
    if (identity.kind === 'certificate') await ask(() => client.bindSASL('EXTERNAL'))
    else if (identity.kind === 'simple') await ask(() => client.bind(identity.dn, identity.password))
  } catch (cause) {
    socket.destroy()
    if (isLate) throw new LdapLost(`no answer within ${Math.round(limitMs)} ms`)
    throw cause instanceof LdapRefusal ? new LdapUnwelcome(`who we are was refused: ${cause.message}`) : cause
  } finally {
    clearTimeout(timer)
  }
  return {
    get isOpen() {
      return socket.writable
    },
    search: (base, search) => ask(() => searchIn(base, search)),
    bind: (dn, password) => ask(() => client.bind(dn, password)),
    close: () => {
      socket.destroy()
    },
  }
}

function faultOf(cause: unknown): LdapLost | LdapRefusal {
  if (!(cause instanceof Error)) return new LdapLost(String(cause))
  const code = 'code' in cause && typeof cause.code === 'number' ? cause.code : null
  const message = cause.message.split('\n')[0] ?? ''
  if (code === null) return new LdapLost(message)
  const text = `result code ${code}${message === '' ? '' : `: ${message}`}`
  return passingCodes.includes(code) ? new LdapLost(text) : new LdapRefusal(code, text)
}
