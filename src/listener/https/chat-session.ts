/** `session.json` of the chat page: what the server saw of the certificate of the very connection that asks. */

import type { Channel } from '../../certificate/channel.ts'
import { certificateSummary } from '../../certificate/facts.ts'
import { type ReasonCode, reasons } from '../../observe/reasons.ts'
import { admit } from '../../sasl/certificate-policy.ts'
import type { Mechanism } from '../../sasl/mechanism.ts'
import { type Preview, previewExternal } from '../../sasl/preview.ts'
import type { StreamPolicy } from '../../stream/policy.ts'
import type { ChatOptions } from './chat-options.ts'

/** What the page needs to know of the listener it stands on. */
export interface ChatTerms {
  readonly policy: Pick<StreamPolicy, 'hosts' | 'defaultHost' | 'of'>
  /** Paths of the doors on the same listener; null where there is none. */
  readonly doors: { readonly websocket: string | null; readonly bosh: string | null }
  readonly options: ChatOptions
}

/**
 * The description as data. It tells the caller about the caller's own certificate, and about nobody else's; the account
 * may still be refused by a backend. `host` is the host of the request: a domain served here is the page's own.
 */
export function describeSession({ policy, doors, options }: ChatTerms, host: string, channel: Channel) {
  const domain = policy.hosts.has(host) ? host : policy.defaultHost
  const { certificates, mechanisms, authority } = policy.of(domain)
  const admission = admit(certificates, channel)
  const offered = authority.takes('certificate') ? mechanisms.find(isExternal) : undefined
  const preview = previewExternal(offered ?? null, { channel, verifyMode: admission.verifyMode, domain })
  const { tls, peer } = channel
  return {
    domain,
    doors,
    /** Whether the doors let this connection speak at all, or answer it with 401 or 403. */
    isAdmitted: admission.refusal === null,
    help: options.certificateHelp,
    tls: tls === null ? null : { version: tls.version, cipher: tls.cipher, serverName: tls.serverName },
    certificate: peer.kind === 'certificate' ? certificateSummary(peer.certificate) : null,
    chain: {
      status: peer.kind === 'certificate' ? peer.chain.kind : peer.kind,
      acceptable: peer.kind === 'certificate' && !isAboutChain(preview),
    },
    identity: 'identity' in preview ? preview.identity : [],
    verdict: verdictOf(preview),
  }
}

const isExternal = ({ evidence }: Mechanism): boolean => evidence === 'certificate'

/** Refusals without an identity step came before the rules were asked. */
function isAboutChain(preview: Preview): boolean {
  return preview.kind === 'refused' && preview.identity.length === 0
}

function verdictOf(preview: Preview) {
  switch (preview.kind) {
    case 'none':
    case 'closed':
    case 'ask':
    case 'open':
      return { kind: preview.kind }
    case 'accounts':
      return { kind: preview.kind, accounts: preview.accounts }
    case 'refused':
      return { kind: preview.kind, ...reasonOf(preview.code), why: preview.why }
  }
}

function reasonOf(code: ReasonCode) {
  const { meaning, hint } = reasons[code]
  return { code, meaning, hint }
}
