import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytesOf, lineOf, parseInPieces } from './parser-probe.ts'

/** The shapes released clients give to a header and their first elements: quotes, order, declaration, spacing. */
const CLIENTS: { readonly client: string; readonly sent: string; readonly events: readonly string[] }[] = [
  {
    client: 'slixmpp: header without declaration, double spaces',
    sent: `<stream:stream to='localhost' xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:client' xml:lang='en' version='1.0'><starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls" />`,
    events: ['open to=localhost version=1.0', "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"],
  },
  {
    client: 'libstrophe: from after TLS, base64 of the full JID',
    sent: `<?xml version="1.0"?><stream:stream to="localhost" from="alice@localhost" xml:lang="en" version="1.0" xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams"><auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="EXTERNAL">YWxpY2VAbG9jYWxob3N0L3Byb2Zhbml0eQ==</auth>`,
    events: [
      'open to=localhost version=1.0',
      "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>YWxpY2VAbG9jYWxob3N0L3Byb2Zhbml0eQ==</auth>",
    ],
  },
  {
    client: 'libstrophe: bind that copies the feature',
    sent: `<?xml version="1.0"?><stream:stream to="localhost" xml:lang="en" version="1.0" xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams"><iq id="_xmpp_bind1" type="set"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><required/></bind></iq>`,
    events: [
      'open to=localhost version=1.0',
      "<iq id='_xmpp_bind1' type='set'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><required/></bind></iq>",
    ],
  },
  {
    client: 'gloox: single quotes, empty resource',
    sent: `<?xml version='1.0' ?><stream:stream to='localhost' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'  xml:lang='en' version='1.0'><iq type='set' id='uid:1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource/></bind></iq>`,
    events: [
      'open to=localhost version=1.0',
      "<iq type='set' id='uid:1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource/></bind></iq>",
    ],
  },
  {
    client: 'tsung: id on the header',
    sent: `<?xml version='1.0'?><stream:stream  id='12345' to='localhost' xmlns='jabber:client' version='1.0' xmlns:stream='http://etherx.jabber.org/streams'><auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>`,
    events: [
      'open to=localhost version=1.0',
      "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>",
    ],
  },
  {
    client: 'Gajim: requests in one write behind bind',
    sent: `<?xml version='1.0'?><stream:stream xmlns="jabber:client" version="1.0" xmlns:stream="http://etherx.jabber.org/streams" to="localhost" xml:lang="en"><enable xmlns="urn:xmpp:sm:3" resume="true"/><iq xmlns="jabber:client" type="get" id="1" to="localhost"><query xmlns="http://jabber.org/protocol/disco#info" /></iq><r xmlns="urn:xmpp:sm:3" />`,
    events: [
      'open to=localhost version=1.0',
      "<enable xmlns='urn:xmpp:sm:3' resume='true'/>",
      "<iq type='get' id='1' to='localhost'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
      "<r xmlns='urn:xmpp:sm:3'/>",
    ],
  },
  {
    client: 'Gajim: abort behind a failure, then the end',
    sent: `<?xml version='1.0'?><stream:stream xmlns="jabber:client" version="1.0" xmlns:stream="http://etherx.jabber.org/streams" to="localhost" xml:lang="en"><abort xmlns="urn:ietf:params:xml:ns:xmpp-sasl"/></stream:stream>`,
    events: ['open to=localhost version=1.0', "<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", 'close'],
  },
  {
    client: 'xmpp.js: empty auth, end with a space',
    sent: `<?xml version='1.0'?><stream:stream version="1.0" xmlns="jabber:client" to="localhost" xmlns:stream="http://etherx.jabber.org/streams"><auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="EXTERNAL"></auth></stream:stream >`,
    events: [
      'open to=localhost version=1.0',
      "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'/>",
      'close',
    ],
  },
]

describe('what clients send', () => {
  for (const { client, sent, events } of CLIENTS) {
    it(client, () => {
      const bytes = bytesOf(sent)
      for (const size of [bytes.length, 1, 16]) assert.deepEqual(parseInPieces(bytes, size).map(lineOf), events)
    })
  }
})
