/** A TLS door behind the handshake gate: where there is a crowd the client speaks first, waits its turn, and only then costs a handshake. */

import type { Socket } from 'node:net'
import { fail } from '../result.ts'
import { awaitClientHello } from '../transport/client-hello.ts'
import type { TlsDoor } from '../transport/tls-door.ts'
import type { Passage } from './handshake-gate.ts'

/** The same door for one connection. `helloMs` limits the wait for the ClientHello, as the door limits the handshake from there. */
export function behindGate(door: TlsDoor, passage: Passage, helloMs: number): TlsDoor {
  return {
    verifyMode: door.verifyMode,
    shown: door.shown,
    accept: async (raw, remote, alpn) => {
      const why = passage.turnAhead() ? null : await awaitTurn(raw, passage, helloMs)
      if (why !== null) {
        raw.destroy()
        return fail({ why })
      }
      const secured = await door.accept(raw, remote, alpn)
      passage.leave()
      return secured
    },
  }
}

/** Null when the client has spoken and has its turn; else why it gets none, in words. */
async function awaitTurn(raw: Socket, passage: Passage, helloMs: number): Promise<string | null> {
  const unspoken = await awaitClientHello(raw, helloMs)
  if (unspoken !== null) return unspoken
  return (await passage.turn()) && !raw.destroyed ? null : 'given up while it waited for its turn'
}
