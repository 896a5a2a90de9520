/** A server that answers a login over direct TLS with prepared text, and lies in one place. */

import { readFileSync } from 'node:fs'
import { createServer, type TLSSocket } from 'node:tls'
import type { BenchPki } from '../../bench/pki.ts'
import { domain } from '../../bench/pki.ts'

/** What it does wrong; `none` is the honest server. */
export type Lie =
  | 'none'
  | 'wrong-user'
  | 'longer-user'
  | 'no-resource'
  | 'wrong-id'
  | 'bind-error'
  | 'failure'
  | 'stream-error'
  | 'success-twice'
  | 'hang-up'

/** A running server. Disposing of it stops it. */
export interface Liar extends AsyncDisposable {
  readonly port: number
}

const header =
  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' " +
  `id='x' from='${domain}' version='1.0'>`
const sasl = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
const offer = `<stream:features><mechanisms ${sasl}><mechanism>EXTERNAL</mechanism></mechanisms></stream:features>`
const bindOffer = "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>"
const success = `<success ${sasl}/>`
const streamError =
  "<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"

/** Starts it on a free port. */
export async function startLiar(pki: BenchPki, lie: Lie): Promise<Liar> {
  const files = { cert: pki.serverCertificate, key: pki.serverKey, ca: pki.ca }
  const [cert, key, ca] = [readFileSync(files.cert), readFileSync(files.key), readFileSync(files.ca)]
  const server = createServer({ cert, key, ca, requestCert: true, minVersion: 'TLSv1.3' }, (socket) => {
    socket.on('error', () => undefined)
    converse(socket, lie)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** One answer for each thing the client says; it says one thing at a time. */
function converse(socket: TLSSocket, lie: Lie): void {
  const answers = [`${header}${offer}`, authAnswer(lie), `${header}${bindOffer}`, bindAnswer(socket, lie)]
  socket.on('data', () => {
    const answer = answers.shift()
    if (answer === undefined) socket.end('</stream:stream>')
    else if (answer === null) socket.end()
    else socket.write(answer)
  })
}

function authAnswer(lie: Lie): string {
  switch (lie) {
    case 'failure':
      return `<failure ${sasl}><not-authorized/></failure>`
    case 'stream-error':
      return streamError
    case 'success-twice':
      return `${success}${success}`
    default:
      return success
  }
}

/** Null hangs up. */
function bindAnswer(socket: TLSSocket, lie: Lie): string | null {
  const user = /XmppAddr:([^,]+)/.exec(socket.getPeerX509Certificate()?.subjectAltName ?? '')?.[1] ?? ''
  const bound = (jid: string, id = 'b1') =>
    `<iq type='result' id='${id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>${jid}</jid></bind></iq>`
  switch (lie) {
    case 'wrong-user':
      return bound(`somebody@${domain}/r`)
    case 'longer-user':
      return bound(`${user}.example/r`)
    case 'no-resource':
      return bound(user)
    case 'wrong-id':
      return bound(`${user}/r`, 'b2')
    case 'bind-error':
      return bound(`${user}/r`).replace("'result'", "'error'")
    case 'hang-up':
      return null
    default:
      return bound(`${user}/r`)
  }
}
