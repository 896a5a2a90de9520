/** A TLS door behind the handshake gate: the client speaks first, waits its turn, and only then costs a handshake. */

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
      const unspoken = await awaitClientHello(raw, helloMs)
      const why =
        unspoken ?? ((await passage.turn()) && !raw.destroyed ? null : 'given up while it waited for its turn')
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
