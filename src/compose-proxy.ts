/** From options to what a listener knows of the proxies in front of it. */

import type { ProxyTerms } from './listener/entry.ts'
import type { ListenerOptions } from './listener/listener-options.ts'
import type { PeerParts } from './listener/proxy/forwarded-peer.ts'
import { type ForwardTerms, noForwarding } from './listener/proxy/forwarding.ts'
import type { ForwardedCertificateOptions } from './listener/proxy/options.ts'
import { createTrustedAddresses } from './listener/proxy/trusted-addresses.ts'
import { readTrust } from './transport/tls-material.ts'

type Judges = Pick<PeerParts, 'certificates' | 'validate' | 'now'>

/** Who stands in front; null where nobody does. Throws when a file cannot be read or used. */
export async function composeProxyTerms({ proxy }: ListenerOptions, around: Judges): Promise<ProxyTerms | null> {
  if (proxy === null) return null
  const { certificate } = proxy
  const trusted = createTrustedAddresses(proxy.trusted)
  if (!proxy.protocol) return { kind: 'headers', trusted }
  const isForwarded = certificate?.dialect.kind === 'proxy-v2'
  return {
    kind: 'protocol',
    trusted,
    peers: certificate !== null && isForwarded ? await composePeers(certificate, around) : null,
  }
}

/** Whose headers are believed, and how. Throws when a file cannot be read or used. */
export async function composeForwarding({ proxy }: ListenerOptions, around: Judges): Promise<ForwardTerms> {
  // Behind a PROXY header come the client's own words: its headers are those of anybody.
  if (proxy === null || proxy.protocol) return noForwarding
  const { trusted, addressField, certificate } = proxy
  return {
    trusted: createTrustedAddresses(trusted),
    addressField: addressField ?? 'x-forwarded-for',
    certificate:
      certificate === null || certificate.dialect.kind !== 'headers'
        ? null
        : {
            dialect: certificate.dialect.name,
            fields: certificate.dialect.fields,
            parts: await composePeers(certificate, around),
          },
  }
}

async function composePeers(certificate: ForwardedCertificateOptions, around: Judges): Promise<PeerParts> {
  const { certificates, validate, now } = around
  return { verifyMode: certificate.verifyMode, trust: await readTrust(certificate), certificates, validate, now }
}
