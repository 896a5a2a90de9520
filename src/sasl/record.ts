/** The decision record of an attempt: everything that is known of it, by when it is over. */

import { randomUUID } from 'node:crypto'
import { type Channel, certificateRefusal, type VerifyMode } from '../certificate/channel.ts'
import { certificateSummary } from '../certificate/facts.ts'
import type { BackendStep, ChainSummary, Decision, IdentityStep, NameStep, Outcome } from '../observe/decision.ts'
import type { AttemptScene } from './scene.ts'

/** What the attempt itself found out. */
export interface RecordParts {
  readonly outcome: Outcome
  readonly authzid?: string | null
  readonly identity?: readonly IdentityStep[]
  readonly names?: readonly NameStep[] | undefined
  readonly backends?: readonly BackendStep[] | undefined
}

/** Writes it. `started` is on the clock of `performance.now`; `asked` are backends that gave secrets before. */
export function writeRecord(
  scene: AttemptScene,
  mechanism: string,
  started: number,
  parts: RecordParts,
  asked: readonly BackendStep[],
): Decision {
  const { channel } = scene
  const { backends = [] } = parts
  return {
    id: randomUUID(),
    time: new Date().toISOString(),
    listener: scene.listener,
    transport: scene.transport,
    remote: channel.remote,
    domain: scene.domain,
    mechanism: mechanism.slice(0, 32),
    tls: channel.tls && { version: channel.tls.version, cipher: channel.tls.cipher, resumed: channel.tls.resumed },
    ...(channel.forwarded !== undefined && { forwarded: channel.forwarded }),
    certificate: channel.peer.kind === 'certificate' ? certificateSummary(channel.peer.certificate) : null,
    chain: chainSummary(channel, scene.verifyMode),
    revocation: { status: 'not-checked', source: null },
    authzid: parts.authzid ?? null,
    identity: parts.identity ?? [],
    names: parts.names ?? [],
    backends: asked.length === 0 ? backends : [...asked, ...backends],
    outcome: parts.outcome,
    tookMs: Math.round((performance.now() - started) * 1000) / 1000,
  }
}

function chainSummary(channel: Channel, verifyMode: VerifyMode): ChainSummary {
  const acceptable = certificateRefusal(channel, verifyMode) === null
  const { peer } = channel
  switch (peer.kind) {
    case 'none':
      return { status: 'none', acceptable }
    case 'unreadable':
      return {
        status: 'unreadable',
        acceptable,
        code: 'certificate-unreadable',
        text: `${peer.fault.field}: ${peer.fault.why}`,
      }
    case 'certificate':
      return peer.chain.kind === 'untrusted'
        ? { status: 'untrusted', acceptable, code: peer.chain.code, text: peer.chain.text }
        : { status: peer.chain.kind, acceptable }
  }
}
