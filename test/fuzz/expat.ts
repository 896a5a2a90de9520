/** The strict parser beside ours: expat, in a process of its own (Debian's python3 brings it). */

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { attributeOf, type Element, isElementNode, namespaceOf } from '../../src/xml/element.ts'
import { NS } from '../../src/xml/namespaces.ts'
import type { StreamHeader } from '../../src/xml/stream-header.ts'

/** What a document is: a stream up to some point, one with its end, or an element alone. */
export type DocumentKind = 'prefix' | 'stream' | 'element'

/** A document to have read. */
export interface Document {
  readonly kind: DocumentKind
  readonly bytes: Uint8Array
}

/** Reads documents with expat. */
export interface Expat extends AsyncDisposable {
  /** For each document the digest of its reading, as `readingOf` makes it, or `refused: …`. One call at a time. */
  read(documents: readonly Document[]): Promise<readonly string[]>
}

const kinds: Readonly<Record<DocumentKind, number>> = { prefix: 0, stream: 1, element: 2 }

/** Starts the process. */
export function openExpat(): Expat {
  const child = spawn('python3', [join(import.meta.dirname, 'expat.py')], { stdio: ['pipe', 'pipe', 'inherit'] })
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    read: async (documents) => {
      child.stdin.write(Buffer.concat([numberOf(documents.length), ...documents.flatMap(framesOf)]))
      const answers: string[] = []
      while (answers.length < documents.length) {
        const line = await lines.next()
        if (line.done === true) throw new Error('expat has gone')
        answers.push(line.value)
      }
      return answers
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end()
      await gone
    },
  }
}

function framesOf({ kind, bytes }: Document): Uint8Array[] {
  return [Buffer.from([kinds[kind]]), numberOf(bytes.length), bytes]
}

function numberOf(value: number): Buffer {
  const octets = Buffer.alloc(4)
  octets.writeUInt32BE(value)
  return octets
}

/** The digest of what was read: a stream's header, if there is one, and elements. */
export function readingOf(header: StreamHeader | null, elements: readonly Element[]): string {
  const parts: string[] = []
  if (header !== null) {
    const { from, to, id, version, lang } = header
    for (const value of [from, to, id, version, lang]) parts.push(`H${value ?? '\x03'}`)
  }
  for (const element of elements) addElement(element, namespaceOf(element), parts)
  return createHash('sha1').update(parts.join('\x02')).digest('hex')
}

function addElement(element: Element, inherited: string, parts: string[]): void {
  const namespace = attributeOf(element, 'xmlns') ?? inherited
  parts.push(`(${expanded(namespace, element.name)}`)
  const attributes = Object.keys(element.attrs)
    .filter((name) => name !== 'xmlns' && !name.startsWith('xmlns:'))
    .map((name) => [expandedAttribute(element, name), attributeOf(element, name) ?? ''] as const)
  if (attributes.length > 1) attributes.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  for (const [name, value] of attributes) parts.push(`A${name}\x01${value}`)
  for (const child of element.children) {
    if (isElementNode(child)) addElement(child, namespace, parts)
    else parts.push(`T${child}`)
  }
  parts.push(')')
}

function expandedAttribute(element: Element, name: string): string {
  const colon = name.indexOf(':')
  if (colon < 0) return name
  const prefix = name.slice(0, colon)
  const namespace = prefix === 'xml' ? NS.xml : attributeOf(element, `xmlns:${prefix}`)
  return expanded(namespace ?? 'no such prefix', name.slice(colon + 1))
}

function expanded(namespace: string, local: string): string {
  return namespace === '' ? local : `${namespace}\x01${local}`
}
