/**
 * A raw XMPP client over BOSH (XEP-0124, XEP-0206) with the face of `XmppClient`: it takes markup as it stands on a TCP
 * stream and hands back what comes as if it came from one, so that the same tests and tables run on both. It keeps one
 * request open, over two connections. What a body holds must be qualified by itself, or the test fails.
 */

import { randomInt } from 'node:crypto'
import type { Socket } from 'node:net'
import { domainToASCII } from 'node:url'
import { type Element, parse } from 'ltx'
import { NS } from '../../src/xml/namespaces.ts'
import { type ConnectionPlan, type HttpAnswer, type HttpConnection, openConnection, postOf } from './http-connection.ts'
import { StreamClient, waitMs } from './stream-client.ts'
import { cutItem, qualified, readAttributes, type WireItem } from './wire-items.ts'

/** Where to go, as whom, and what session to ask for. */
export interface BoshPlan extends ConnectionPlan {
  /** `/http-bind` if left out. */
  readonly path?: string
  readonly domain?: string
  /** Seconds; 60 if left out. */
  readonly waitS?: number
  /** Further fields of every request. */
  readonly fields?: Readonly<Record<string, string>>
  /** Whether answers are acknowledged. */
  readonly acks?: boolean
  /** A connection of an earlier session; a new one if left out. */
  readonly first?: HttpConnection
  /** Takes a connection over that is good for further sessions, once this one has ended in order. */
  readonly keep?: (connection: HttpConnection) => void
}

/** Requests that the client has open at one time. */
const maxOpen = 2

/** How long a client that could speak next is waited for before it only listens, milliseconds. */
const pollMs = 50

/** Connects; nothing is said yet. */
export async function connectBosh(plan: BoshPlan): Promise<BoshClient> {
  return new BoshClient(plan.first ?? (await openConnection(plan)), plan)
}

/** One session. Made by `connectBosh`. */
export class BoshClient extends StreamClient {
  readonly local: string
  readonly port: number
  readonly socket: Socket
  /** The session's identifier; null before there is one. */
  sid: string | null = null
  /** What HTTP answered instead of BOSH; null while it did not. */
  refusal: HttpAnswer | null = null
  /** The rid of the latest request. */
  rid: number = randomInt(1, 2 ** 32)
  readonly #plan: BoshPlan
  #connections: HttpConnection[]
  #unsent = ''
  #bodies: string[] = []
  #open = 0
  #isOver = false
  #isHeaderDue = false
  #poll: NodeJS.Timeout | null = null

  constructor(first: HttpConnection, plan: BoshPlan) {
    super(plan.limitMs ?? waitMs, { header: 'an open stream', footer: 'the end of the session' })
    this.#plan = plan
    this.#connections = [first]
    this.socket = first.socket
    this.local = first.local
    this.port = first.socket.remotePort ?? 0
  }

  /** Sends markup of a TCP stream, one body an element; what is not whole yet waits for the rest. */
  send(data: string | Uint8Array): void {
    this.#unsent += typeof data === 'string' ? data : Buffer.from(data).toString('utf8')
    for (let cut = cutItem(this.#unsent); cut !== null; cut = cutItem(this.#unsent)) {
      this.#unsent = cut.rest
      const { item } = cut
      if (item.kind === 'header') this.#sendHeader(item.attributes)
      else if (item.kind === 'footer') this.#post(" type='terminate'", '')
      else this.#post('', qualified(item.raw))
    }
  }

  /** Goes away without a word. */
  finish(): void {
    this.destroy()
  }

  /** Drops the connections with a TCP reset. */
  reset(): void {
    this.#isOver = true
    clearTimeout(this.#poll ?? undefined)
    for (const { socket } of this.#connections) socket.resetAndDestroy()
  }

  /** Drops the connections. The session is left to expire. */
  destroy(): void {
    this.#isOver = true
    clearTimeout(this.#poll ?? undefined)
    for (const connection of this.#connections) connection.destroy()
  }

  #sendHeader(attributes: ReadonlyMap<string, string>) {
    this.#isHeaderDue = true
    const said = ['to', 'from', 'xml:lang'].map((name) => attributeOf(name, attributes.get(name)))
    const version = attributeOf('xmpp:version', attributes.get('version'))
    const xmpp = ` xmlns:xmpp='${NS.xbosh}'`
    if (this.sid !== null) return this.#post(`${said.join('')}${xmpp} xmpp:restart='true'`, '')
    const ack = this.#plan.acks === true ? " ack='1'" : ''
    const wishes = ` ver='1.6' wait='${this.#plan.waitS ?? 60}' hold='1'${ack}`
    this.#post(`${said.join('')}${version}${xmpp}${wishes}`, '')
  }

  #post(attributes: string, payload: string) {
    this.#bodies.push(`${attributes}|${payload}`)
    this.#flush()
  }

  #flush() {
    // Before the session is there, nothing else can be said.
    while (!this.#isOver && this.#bodies.length > 0 && this.#open < (this.sid === null ? 1 : maxOpen)) {
      const [attributes = '', ...payload] = (this.#bodies.shift() ?? '').split('|')
      this.rid += 1
      const sid = this.sid === null ? '' : ` sid='${this.sid}'`
      const body = `<body xmlns='${NS.httpBind}' rid='${this.rid}'${sid}${attributes}>${payload.join('|')}</body>`
      this.#open += 1
      void this.#exchange(body)
    }
  }

  async #exchange(body: string): Promise<void> {
    const { path = '/http-bind', host = '127.0.0.1', domain, fields } = this.#plan
    this.transcript.push(`C: ${body}`)
    try {
      const connection = await this.#free()
      const answer = await connection.ask(postOf(path, domainToASCII(domain ?? host), body, fields))
      this.transcript.push(`S: ${answer.status} ${answer.text}`)
      this.#open -= 1
      if (answer.status !== 200) {
        this.refusal = answer
        return this.#over(`HTTP ${answer.status}: ${answer.text.trim()}`)
      }
      this.#receive(answer.text)
    } catch (fault) {
      if (!this.#isOver) this.#over(fault instanceof Error ? fault.message : String(fault))
    }
  }

  /** A client always has something open, once it has had its time to say something by itself. */
  #pollLater() {
    clearTimeout(this.#poll ?? undefined)
    this.#poll = setTimeout(() => {
      if (this.#open > 0 || this.#bodies.length > 0 || this.sid === null) return
      this.#bodies.push('|')
      this.#flush()
    }, pollMs)
  }

  /** A connection without a pending request. */
  async #free(): Promise<HttpConnection> {
    const free = this.#connections.find(({ pending, socket }) => pending === 0 && socket.writable)
    if (free !== undefined) return free
    const connection = await openConnection(this.#plan)
    this.#connections.push(connection)
    if (this.#isOver) connection.destroy()
    return connection
  }

  #receive(text: string) {
    const body = parse(text) as Element
    const { attrs } = body
    this.sid ??= (attrs['sid'] as string | undefined) ?? null
    const isEnd = attrs['type'] === 'terminate'
    // Where a stream error answers the request that was to open the stream, this is the header as well.
    if (isEnd && attrs['condition'] !== undefined) this.#arriveHeader(text)
    const items = payloadOf(text, attrs['xmlns:stream'] === NS.streams)
    for (const item of items) {
      if (item.element.name === 'stream:features') this.#arriveHeader(text)
      this.arrive(item)
    }
    const children = items.map(({ element }) => element)
    if (isEnd) return this.#end(attrs['condition'] as string | undefined, children)
    this.#flush()
    if (this.#open === 0) this.#pollLater()
  }

  #arriveHeader(text: string) {
    if (!this.#isHeaderDue) return
    this.#isHeaderDue = false
    this.arrive({ kind: 'header', raw: text, attributes: readAttributes(text.slice(0, text.indexOf('>') + 1)) })
  }

  /** Conditions of BOSH itself become stream errors of the same name. */
  #end(condition: string | undefined, children: readonly Element[]) {
    if (condition !== undefined && !children.some(({ name }) => name === 'stream:error')) {
      const raw = `<stream:error><${condition} xmlns='${NS.streamErrors}'/></stream:error>`
      this.arrive({ kind: 'element', raw, element: parse(raw) as Element })
    }
    this.arrive({ kind: 'footer', raw: '</stream:stream>' })
    this.#over(null)
  }

  #over(error: string | null) {
    if (this.#isOver) return
    const { keep } = this.#plan
    const isGood = ({ pending, isLast, socket }: HttpConnection) => pending === 0 && !isLast && socket.writable
    if (error === null && keep !== undefined) {
      const kept = this.#connections.filter(isGood)
      this.#connections = this.#connections.filter((connection) => !isGood(connection))
      for (const connection of kept) keep(connection)
    }
    this.destroy()
    this.transcript.push(`S: (end${error === null ? '' : `: ${error}`})`)
    this.arrive({ kind: 'end', error })
  }
}

/** What a body holds; throws where an element leaves its namespace to the body. */
function payloadOf(text: string, hasPrefix: boolean): readonly Extract<WireItem, { kind: 'element' }>[] {
  const items = []
  const end = text.lastIndexOf('</body>')
  let rest = end < 0 ? '' : text.slice(text.indexOf('>') + 1, end)
  for (let cut = cutItem(rest); cut !== null; cut = cutItem(rest)) {
    const { item } = cut
    rest = cut.rest
    const isSound =
      item.kind === 'element' &&
      (item.element.name.startsWith('stream:') ? hasPrefix : item.element.attrs['xmlns'] !== undefined)
    if (!isSound) throw new Error(`not qualified by itself: ${item.raw}`)
    items.push(item)
  }
  return items
}

function attributeOf(name: string, value: string | undefined): string {
  return value === undefined
    ? ''
    : ` ${name}='${value.replaceAll('&', '&amp;').replaceAll("'", '&apos;').replaceAll('<', '&lt;')}'`
}
