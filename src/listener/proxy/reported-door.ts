/** A TLS door behind a proxy that passes TLS on: what the handshake shows is the client's own, and the record names the proxy. */

import type { Forwarded } from '../../certificate/channel.ts'
import { ok } from '../../result.ts'
import type { TlsDoor } from '../../transport/tls-door.ts'

/** The same door for one connection. */
export function reportedDoor(door: TlsDoor, forwarded: Forwarded): TlsDoor {
  return {
    ...door,
    accept: async (raw, remote, alpn) => {
      const secured = await door.accept(raw, remote, alpn)
      if (!secured.ok) return secured
      const { socket, channel } = secured.value
      return ok({ socket, channel: Object.freeze({ ...channel, forwarded }) })
    },
  }
}
