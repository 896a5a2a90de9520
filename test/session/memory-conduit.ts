/** A conduit without a network: the test is the client. */

import type { Conduit, ConduitEvent } from '../../src/session/contract.ts'
import { type Element, isElementNode, serialize } from '../../src/xml/element.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import type { StreamHeader } from '../../src/xml/stream-header.ts'
import { createStreamParser } from '../../src/xml/stream-parser.ts'

type CloseError = Parameters<Conduit['close']>[0]

/** The server's answer to the stream header. */
export interface Answer {
  readonly from: string
  readonly to: string | null
  readonly features: string
}

/** One client's end of a conduit. */
export interface MemoryConduit extends Conduit {
  /** Brings the server an event. */
  bring(event: ConduitEvent): void
  /** Markup that the server wrote and the test has not taken yet, oldest first. */
  readonly received: string[]
  /** Events that were brought and not read yet. */
  readonly unread: number
  /** The answer to the stream header, when it was given. */
  readonly answer: Answer | null
  /** Resolves with the error, or null, with which the server closed. */
  readonly closed: Promise<NonNullable<CloseError> | null>
  readonly isClosed: boolean
  /** Called for every write, after it is in `received`. */
  onWrite: (() => void) | null
  /** While set, writes wait until it resolves. */
  gate: Promise<void> | null
  /** While set, what is written stays in this process until it resolves, though there is room for more. */
  kernel: Promise<void> | null
}

/** A conduit that takes everything at once until a gate is set. */
export function createMemoryConduit(): MemoryConduit {
  const events: ConduitEvent[] = []
  let reader: ((event: ConduitEvent) => void) | null = null
  const { promise: closed, resolve: resolveClosed } = Promise.withResolvers<NonNullable<CloseError> | null>()
  let isClosed = false
  let answer: Answer | null = null
  const conduit: MemoryConduit = {
    bring: (event) => {
      if (reader === null) return void events.push(event)
      const wake = reader
      reader = null
      wake(event)
    },
    received: [],
    get unread() {
      return events.length
    },
    get answer() {
      return answer
    },
    closed,
    get isClosed() {
      return isClosed
    },
    onWrite: null,
    gate: null,
    kernel: null,
    read: () => {
      const event = isClosed ? ({ kind: 'end' } as const) : events.shift()
      if (event !== undefined) return Promise.resolve(event)
      return new Promise((resolve) => {
        reader = resolve
      })
    },
    write: (markup, taken) => {
      if (isClosed) return Promise.resolve()
      conduit.received.push(markup)
      conduit.onWrite?.()
      const room = conduit.gate ?? Promise.resolve()
      if (taken !== undefined) void Promise.all([room, conduit.kernel]).then(taken)
      return room
    },
    open: (header, features) => {
      answer = { from: header.from, to: header.to, features }
      conduit.onWrite?.()
      return Promise.resolve()
    },
    close: (error) => {
      isClosed = true
      resolveClosed(error ?? null)
      conduit.bring({ kind: 'end' })
      return Promise.resolve()
    },
  }
  return conduit
}

/** A client's stream header; null leaves an attribute out. */
export function headerOf(fields: Partial<StreamHeader> = {}): StreamHeader {
  const standard = { from: null, to: 'localhost', id: null, version: '1.0', lang: null }
  return { ...standard, contentNamespace: 'jabber:client', ...fields }
}

/** One element as the parser hands it up. Throws when the markup is none. */
export function parseElement(markup: string): Element {
  const parser = createStreamParser(DEFAULT_XML_LIMITS)
  const header = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
  parser.push(Buffer.from(header + markup))
  parser.next()
  const event = parser.next()
  if (event?.kind !== 'element') throw new SyntaxError(`no element: ${markup}`)
  return event.element
}

/** Markup in one form for comparing: attributes sorted, the texts of errors left out. */
export function normalize(element: Element): string {
  sortAttributes(element)
  return serialize(element)
}

function sortAttributes(element: Element): void {
  const sorted = Object.entries(element.attrs).sort(([a], [b]) => (a < b ? -1 : 1))
  element.attrs = Object.fromEntries(sorted)
  const isErrorText = (child: Element) => child.name === 'text' && element.name === 'error'
  element.children = element.children.filter((child) => !isElementNode(child) || !isErrorText(child))
  for (const child of element.children) if (isElementNode(child)) sortAttributes(child)
}

/** Puts `{any}` into `actual` wherever `expected` has it: in attributes and in text. */
export function mask(actual: Element, expected: Element): void {
  for (const [name, value] of Object.entries(expected.attrs)) {
    if (value === '{any}' && actual.attrs[name] !== undefined) actual.attrs[name] = '{any}'
  }
  for (const [index, child] of expected.children.entries()) {
    const other = actual.children[index]
    if (child === '{any}' && typeof other === 'string') actual.children[index] = '{any}'
    if (other !== undefined && isElementNode(child) && isElementNode(other)) mask(other, child)
  }
}
