/** A session request by request, each over whichever connection the test likes. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { HttpAnswer } from '../support/http-connection.ts'
import { type HttpConnection, openConnection, postOf } from '../support/http-connection.ts'
import type { Catalogue, CatalogueName } from '../support/pki/catalogue.ts'

const httpBind = "xmlns='http://jabber.org/protocol/httpbind'"
const xmpp = "xmlns:xmpp='urn:xmpp:xbosh'"

/** A connection under TLS with a certificate of the catalogue, or without one. */
export function connectAs(port: number, catalogue: Catalogue, name: CatalogueName | null): Promise<HttpConnection> {
  const own = name === null ? {} : { cert: catalogue.get(name).chainPem, key: catalogue.get(name).keyPem }
  return openConnection({ port, tls: { ...own, ca: catalogue.rootPem, servername: catalogue.domain } })
}

/** The session of one client. */
export class RawSession {
  readonly connection: HttpConnection
  readonly fields: Readonly<Record<string, string>>
  sid = ''
  rid = 5_000

  constructor(connection: HttpConnection, fields: Readonly<Record<string, string>> = {}) {
    this.connection = connection
    this.fields = fields
  }

  /** The next request's bytes. */
  next(attributes = '', payload = ''): string {
    this.rid += 1
    return this.again(attributes, payload)
  }

  /** The latest request's bytes. */
  again(attributes = '', payload = ''): string {
    const sid = this.sid === '' ? '' : ` sid='${this.sid}'`
    const body = `<body rid='${this.rid}'${sid} ${attributes} ${httpBind}>${payload}</body>`
    return postOf('/http-bind', 'a.example', body, this.fields)
  }

  /** Sends the next request. */
  ask(attributes = '', payload = ''): Promise<HttpAnswer> {
    return this.connection.ask(this.next(attributes, payload))
  }

  /** Begins the session. */
  async begin(more = '', waitS = 60): Promise<HttpAnswer> {
    const answer = await this.ask(
      `to='a.example' ver='1.6' wait='${waitS}' hold='1' ${xmpp} xmpp:version='1.0' ${more}`,
    )
    this.sid = / sid='([\w-]+)'/.exec(answer.text)?.[1] ?? ''
    return answer
  }

  /** Begins the session, logs in and binds a resource; gives the full JID. */
  async enter(waitS = 60): Promise<string> {
    await this.begin('', waitS)
    const { text } = await this.ask('', "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>")
    assert.match(text, /<success /)
    await this.ask(`${xmpp} xmpp:restart='true' to='a.example'`)
    const wish = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
    const bound = await this.ask('', `<iq type='set' id='bind' xmlns='jabber:client'>${wish}</iq>`)
    return /<jid>(.*)<\/jid>/.exec(bound.text)?.[1] ?? assert.fail(bound.text)
  }
}

/** Resolves when the other side has ended the connection. */
export async function ended({ socket }: HttpConnection): Promise<void> {
  if (!socket.readableEnded && !socket.destroyed) await once(socket, 'end')
}
