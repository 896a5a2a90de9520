/** The names in a subjectAltName extension (RFC 5280 §4.2.1.6), sorted by kind; other names by OID only. */

import type { Jid } from '../jid/jid.ts'
import type { DistinguishedName } from './distinguished-name.ts'

/** An xmppAddr (RFC 6120 §13.7.1.4). It is malformed when `jid` is null; then `why` says what is wrong. */
export interface XmppAddr {
  /** As it stands in the certificate; null when it is no UTF8String or not UTF-8. */
  readonly text: string | null
  readonly jid: Jid | null
  readonly why: string | null
}

/** An iPAddress: 4 or 16 octets. */
export interface IpName {
  readonly text: string
  readonly octets: Uint8Array
}

/** A name of a kind that no rule reads. */
export interface OtherName {
  readonly kind: 'otherName' | 'x400Address' | 'ediPartyName' | 'registeredID'
  /** The type of an otherName, the value of a registeredID, else null. */
  readonly oid: string | null
  /** An otherName's value without its [0] wrapper; the whole GeneralName for the other kinds. */
  readonly der: Uint8Array
}

/** All names of the subjectAltName, each list in encoding order; empty lists when there is no such extension. */
export interface SubjectNames {
  readonly xmppAddr: readonly XmppAddr[]
  readonly rfc822Name: readonly string[]
  /** Microsoft user principal names (1.3.6.1.4.1.311.20.2.3). */
  readonly upn: readonly string[]
  readonly dns: readonly string[]
  readonly uri: readonly string[]
  /** SRVName (RFC 4985), such as `_xmpp-client.example.org`. */
  readonly srvName: readonly string[]
  readonly ip: readonly IpName[]
  readonly directoryName: readonly DistinguishedName[]
  readonly other: readonly OtherName[]
}
