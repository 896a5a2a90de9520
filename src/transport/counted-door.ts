/** A TLS door whose handshakes are counted. */

import type { Channel, Peer } from '../certificate/channel.ts'
import type { ChainSummary } from '../observe/decision.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { ReasonCode } from '../observe/reasons.ts'
import type { TlsDoor } from './tls-door.ts'

/** The same door; what comes through it is counted for the listener of this name. */
export function countHandshakes(door: TlsDoor, listener: string, metrics: Metrics): TlsDoor {
  return {
    ...door,
    accept: async (...terms) => {
      const started = performance.now()
      const secured = await door.accept(...terms)
      if (secured.ok) metrics.handshakeDone(listener, chainOf(secured.value.channel), performance.now() - started)
      else metrics.handshakeFailed(listener)
      return secured
    },
  }
}

type Found = { readonly status: ChainSummary['status']; readonly code: ReasonCode | null }

function chainOf({ peer }: Channel): Found {
  return peer.kind === 'certificate' ? statusOf(peer) : plain[peer.kind]
}

function statusOf({ chain }: Extract<Peer, { readonly kind: 'certificate' }>): Found {
  return chain.kind === 'untrusted' ? { status: 'untrusted', code: chain.code } : plain[chain.kind]
}

const plain = {
  none: { status: 'none', code: null },
  unreadable: { status: 'unreadable', code: 'certificate-unreadable' },
  trusted: { status: 'trusted', code: null },
  'self-signed': { status: 'self-signed', code: null },
} as const satisfies Readonly<Record<string, Found>>
