/** Every XML namespace the project reads or writes. */

/** Namespace names by the short word the code uses for them; the comment names the document that defines each. */
export const NS = {
  /** Bound to the prefix `xml` for ever (Namespaces in XML 1.0 §3). */
  xml: 'http://www.w3.org/XML/1998/namespace',
  /** Bound to the prefix `xmlns` for ever (Namespaces in XML 1.0 §3). */
  xmlns: 'http://www.w3.org/2000/xmlns/',

  /** The stream element and its features and errors (RFC 6120 §4.8.1). */
  streams: 'http://etherx.jabber.org/streams',
  /** Content of client streams (RFC 6120 §4.8.2). */
  client: 'jabber:client',
  /** Content of server streams; never accepted here, named for the refusal (RFC 6120 §4.8.2). */
  server: 'jabber:server',
  /** Stream error conditions (RFC 6120 §4.9.2). */
  streamErrors: 'urn:ietf:params:xml:ns:xmpp-streams',
  /** Stanza error conditions (RFC 6120 §8.3.2). */
  stanzaErrors: 'urn:ietf:params:xml:ns:xmpp-stanzas',
  /** STARTTLS (RFC 6120 §5). */
  tls: 'urn:ietf:params:xml:ns:xmpp-tls',
  /** SASL (RFC 6120 §6). */
  sasl: 'urn:ietf:params:xml:ns:xmpp-sasl',
  /** Resource binding (RFC 6120 §7). */
  bind: 'urn:ietf:params:xml:ns:xmpp-bind',
  /** The legacy session request (RFC 3921 §3). */
  session: 'urn:ietf:params:xml:ns:xmpp-session',

  /** Roster (RFC 6121 §2). */
  roster: 'jabber:iq:roster',
  /** Stream feature for roster versioning (RFC 6121 §2.6). */
  rosterVersioning: 'urn:xmpp:features:rosterver',
  /** Stream feature for subscription pre-approval (RFC 6121 §3.4). */
  preApproval: 'urn:xmpp:features:pre-approval',

  /** Service discovery, information (XEP-0030). */
  discoInfo: 'http://jabber.org/protocol/disco#info',
  /** Service discovery, items (XEP-0030). */
  discoItems: 'http://jabber.org/protocol/disco#items',
  /** Entity capabilities (XEP-0115). */
  caps: 'http://jabber.org/protocol/caps',
  /** Private XML storage (XEP-0049). */
  private: 'jabber:iq:private',
  /** Software version (XEP-0092). */
  version: 'jabber:iq:version',
  /** Offline storage, the disco feature (XEP-0160 §4). */
  offline: 'msgoffline',
  /** Ping (XEP-0199). */
  ping: 'urn:xmpp:ping',
  /** Entity time (XEP-0202). */
  time: 'urn:xmpp:time',
  /** Delayed delivery (XEP-0203). */
  delay: 'urn:xmpp:delay',
  /** Processing hints, such as `no-store` (XEP-0334). */
  hints: 'urn:xmpp:hints',
  /** Chat states, the reason a message without body is not stored (XEP-0085). */
  chatStates: 'http://jabber.org/protocol/chatstates',
  /** Carbons (XEP-0280). */
  carbons: 'urn:xmpp:carbons:2',
  /** Stream management (XEP-0198). */
  streamManagement: 'urn:xmpp:sm:3',
  /** Channel binding types of the SASL mechanisms (XEP-0440). */
  channelBinding: 'urn:xmpp:sasl-cb:0',

  /** Framing over WebSocket (RFC 7395 §3.3). */
  framing: 'urn:ietf:params:xml:ns:xmpp-framing',
  /** BOSH (XEP-0124). */
  httpBind: 'http://jabber.org/protocol/httpbind',
  /** XMPP's own attributes on a BOSH body (XEP-0206). */
  xbosh: 'urn:xmpp:xbosh',
} as const

/** A namespace name the project knows. */
export type KnownNamespace = (typeof NS)[keyof typeof NS]
