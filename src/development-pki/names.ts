/** The names that go into development certificates, as the DER of their extensions. */

import { context, contextPrimitive, ia5String, oid, sequence, utf8String } from './der.ts'

/** id-on-xmppAddr: a JID as UTF8String (RFC 6120 §13.7.1.4). */
const xmppAddrOid = '1.3.6.1.5.5.7.8.5'
/** id-on-dnsSRV: a service name as IA5String (RFC 4985). */
const srvNameOid = '1.3.6.1.5.5.7.8.7'

/** One name of a subjectAltName. IP addresses are octets in network order. */
export type GeneralName =
  | { readonly kind: 'xmpp-addr'; readonly jid: string }
  | { readonly kind: 'srv-name'; readonly name: string }
  | { readonly kind: 'dns'; readonly host: string }
  | { readonly kind: 'ip'; readonly address: Uint8Array }

/** The loopback addresses, which is where the demo listens. */
export const loopback = {
  v4: Uint8Array.of(127, 0, 0, 1),
  v6: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
}

/** Content of a subjectAltName extension (RFC 5280 §4.2.1.6). */
export function encodeSubjectAltName(names: readonly GeneralName[]): Buffer {
  return sequence(...names.map(encodeGeneralName))
}

function encodeGeneralName(name: GeneralName): Buffer {
  switch (name.kind) {
    case 'xmpp-addr':
      return context(0, oid(xmppAddrOid), context(0, utf8String(name.jid)))
    case 'srv-name':
      return context(0, oid(srvNameOid), context(0, ia5String(name.name)))
    case 'dns':
      return contextPrimitive(2, Buffer.from(name.host, 'latin1'))
    case 'ip':
      return contextPrimitive(7, name.address)
  }
}

/**
 * Content of a nameConstraints extension (RFC 5280 §4.2.1.10) that permits servers on this machine only: people
 * import the development CA into browsers, and its key lies in a working directory.
 */
export function encodeLoopbackOnly(): Buffer {
  const wholeAddress = (address: Uint8Array): Buffer =>
    contextPrimitive(7, Buffer.concat([address, Buffer.alloc(address.length, 0xff)]))
  const permitted = [
    contextPrimitive(2, Buffer.from('localhost', 'latin1')),
    wholeAddress(loopback.v4),
    wholeAddress(loopback.v6),
  ]
  return sequence(context(0, ...permitted.map((base) => sequence(base))))
}
