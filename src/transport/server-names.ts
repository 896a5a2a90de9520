/** Whether a server certificate speaks for a domain (RFC 6120 §13.7.1.2, RFC 9525). */

import type { PeerCertificate } from '../certificate/facts.ts'
import { prepareDomain } from '../jid/jid.ts'

/**
 * Whether clients of `domain` (prepared) may believe the certificate: a dNSName, with `*` for one whole left-most
 * label, an SRVName of `_xmpp-client`, an xmppAddr that is the bare domain, or an iPAddress. The common name does not count.
 */
export function speaksFor({ names }: PeerCertificate, domain: string): boolean {
  return (
    names.dns.some((name) => isDnsMatch(name, domain)) ||
    names.srvName.some((name) => isServiceMatch(name, domain)) ||
    names.xmppAddr.some(({ jid }) => jid !== null && jid.local === null && jid.domain === domain) ||
    names.ip.some(({ text }) => text === domain || `[${text}]` === domain)
  )
}

function isDnsMatch(name: string, domain: string): boolean {
  if (!name.startsWith('*.')) return isSame(name, domain)
  const dot = domain.indexOf('.')
  return dot > 0 && isSame(name.slice(2), domain.slice(dot + 1))
}

const service = '_xmpp-client.'

function isServiceMatch(name: string, domain: string): boolean {
  // RFC 4985 §2: the service part is compared without regard to case.
  return name.toLowerCase().startsWith(service) && isSame(name.slice(service.length), domain)
}

/** Certificates write A-labels; prepared domains are U-labels. */
function isSame(name: string, domain: string): boolean {
  const prepared = prepareDomain(name)
  return prepared.ok && prepared.value === domain
}
