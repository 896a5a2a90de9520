/** What an authenticated stream is handed to: the ports between the stream loop and the session hosts. */

import type { Element } from 'ltx'
import type { BareJid } from '../jid/jid.ts'
import type { Call } from '../observe/call.ts'
import type { Result } from '../result.ts'
import type { StreamCondition } from '../xml/stream-error.ts'
import type { StreamHeader } from '../xml/stream-header.ts'

/** Who logged in, as the authority decided. */
export interface Account {
  readonly jid: BareJid
  /** SHA-256 of the certificate that let the user in; null for a password login. */
  readonly certificateSha256: string | null
  /** When that certificate ends, milliseconds since the epoch; null for a password login. */
  readonly certificateNotAfter: number | null
}

/** Why no session can be had: technical, the client may come back. */
export interface HostFault {
  readonly why: string
}

/** What a conduit delivers: the stream from the client's restart on. */
export type ConduitEvent =
  | { readonly kind: 'open'; readonly header: StreamHeader }
  | { readonly kind: 'element'; readonly element: Element }
  /** The client closed its stream (`</stream:stream>`, `<close/>`, terminate). */
  | { readonly kind: 'close' }
  /** The client sent what no stream may hold; the session ends with this stream error. */
  | { readonly kind: 'fault'; readonly condition: StreamCondition; readonly why: string }
  /** The connection is gone. */
  | { readonly kind: 'end' }

/** The authenticated stream, whatever it travels on. Reading is pull: bytes wait in the kernel until asked for. */
export interface Conduit {
  /** The next event; `end` for one who waits when the conduit is closed. One read at a time; never rejects. */
  read(): Promise<ConduitEvent>
  /**
   * Sends one element's markup, as it stands at stream level: stanzas are in `jabber:client` without saying so, and an
   * `xmlns` of the element's own is its first attribute. Null when the peer has room for more, else a promise of that. `taken` is called when the
   * markup has left this process, and never when the connection went first.
   */
  write(markup: string, taken?: () => void): Promise<void> | null
  /** Answers the client's stream header; `features` follows in the same write. Returns what `write` does. */
  open(
    header: { readonly from: string; readonly to: string | null; readonly id: string },
    features: string,
  ): Promise<void> | null
  /** Ends the stream, with an error if one is given, and closes the connection. Never throws; idempotent. */
  close(error?: { readonly condition: StreamCondition; readonly text?: string }): Promise<void>
}

/** A session that was opened before `<success/>`, waiting for the stream it will carry. */
export interface HostedSession {
  /** Carries the stream until either side ends it. Never rejects. */
  carry(conduit: Conduit): Promise<void>
  /**
   * Gives the session up: it was opened behind the deadline of the call, or for a client that was turned away meanwhile.
   * Instead of `carry`. Idempotent.
   */
  abandon(): void
}

/** What the door that the client came through promises about its streams. */
export interface SessionTerms {
  /** Whether the legacy session feature of RFC 3921 is offered (`backwards_compatible_session`). */
  readonly legacySession: boolean
}

type Opened = Result<HostedSession, HostFault>

/** Opens sessions for accounts that were let in. */
export interface SessionHost extends AsyncDisposable {
  /** A promise only where there is something to wait for. */
  open(account: Account, terms: SessionTerms, call: Call): Opened | Promise<Opened>
}
