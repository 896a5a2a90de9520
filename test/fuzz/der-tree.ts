/** DER as a tree that can be changed and written again: structure-aware mutation, and a second opinion on encodings. */

import type { Random } from '../support/pki/random.ts'
import { mutateBytes } from './mutate.ts'

/** A value: parts, octets, or octets that are an encoding themselves (an extension's value, a key). */
export interface DerNode {
  tag: number
  /** Null for a value without parts. */
  children: DerNode[] | null
  content: Uint8Array
  /** Octets before the first child inside of a string: the count of unused bits. */
  lead: Uint8Array
}

const bitString = 3
const octetString = 4
const constructed = 0x20

/**
 * Reads values one behind the other; null for what is not definite, minimal and complete. Of a value that should have
 * parts and has octets that are none, `isLenient` takes the octets.
 */
export function parseTree(bytes: Uint8Array, isLenient = false): DerNode[] | null {
  const nodes: DerNode[] = []
  for (let at = 0; at < bytes.length; ) {
    const header = readHeader(bytes, at)
    if (header === null) return null
    const { tag, start, end } = header
    const content = bytes.subarray(start, end)
    const lead = content.subarray(0, tag === bitString ? 1 : 0)
    const isString = tag === bitString || tag === octetString
    const children = (tag & constructed) !== 0 || isString ? parseTree(content.subarray(lead.length), isLenient) : null
    if ((tag & constructed) !== 0 && children === null && !isLenient) return null
    nodes.push({ tag, children: isString && children?.length === 0 ? null : children, content, lead })
    at = end
  }
  return nodes
}

function readHeader(bytes: Uint8Array, at: number): { tag: number; start: number; end: number } | null {
  const tag = bytes[at]
  const first = bytes[at + 1]
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return null
  const count = first < 0x80 ? 0 : first - 0x80
  if (first === 0x80 || count > 4) return null
  const octets = bytes.subarray(at + 2, at + 2 + count)
  const length = count === 0 ? first : octets.reduce((value, octet) => value * 256 + octet, 0)
  const start = at + 2 + count
  const isMinimal = count === 0 || (length >= 0x80 && octets[0] !== 0)
  return isMinimal && start + length <= bytes.length ? { tag, start, end: start + length } : null
}

/** The encoding of values one behind the other. */
export function writeTree(nodes: readonly DerNode[]): Buffer {
  return Buffer.concat(nodes.map(writeNode))
}

function writeNode({ tag, children, content, lead }: DerNode): Buffer {
  const body = children === null ? content : Buffer.concat([lead, writeTree(children)])
  return Buffer.concat([Buffer.from([tag & 0xff]), lengthOf(body.length), body])
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  const octets: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256)
  return Buffer.from([0x80 | octets.length, ...octets])
}

const tagsToTry = [
  1, 2, 3, 4, 5, 6, 0x0a, 0x0c, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1c, 0x1e, 0x30, 0x31, 0x80, 0x81, 0x82, 0xa0,
  0xa3, 0xa4,
]

/** Changes one to three values somewhere in the tree of an encoding; `donor` gives values to put in. */
export function mutateTree(random: Random, bytes: Uint8Array, donor: Uint8Array): Buffer {
  const roots = parseTree(bytes)
  if (roots === null) return mutateBytes(random, bytes)
  const others = flatten(parseTree(donor) ?? [])
  for (let left = 1 + random.below(3); left > 0; left -= 1) changeOnce(random, roots, others)
  const written = writeTree(roots)
  return random.chance(0.05) ? mutateBytes(random, written) : written
}

function changeOnce(random: Random, roots: DerNode[], others: readonly DerNode[]): void {
  const parents = flatten(roots).filter(({ children }) => children !== null && children.length > 0)
  const siblings = parents.length === 0 ? roots : (random.pick(parents).children ?? roots)
  const at = random.below(siblings.length)
  const node = siblings[at]
  if (node === undefined) return
  switch (random.below(8)) {
    case 0:
      node.tag = random.pick(tagsToTry)
      return
    case 1:
      siblings.splice(at, 1)
      return
    case 2:
      siblings.splice(random.below(siblings.length + 1), 0, ...copiesOf(node, random.chance(0.03) ? 400 : 1))
      return
    case 3:
      if (others.length > 0) siblings.splice(at, random.below(2), structuredClone(random.pick(others)))
      return
    case 4:
      siblings.push(...siblings.splice(at, 1))
      return
    case 5:
      wrap(random, siblings, at, node)
      return
    default:
      changeContent(random, node)
  }
}

/** Copies, less of a large value: they come to 60,000 octets or less. */
function copiesOf(node: DerNode, count: number): DerNode[] {
  const most = Math.ceil(maxCopiedBytes / (writeNode(node).length + 1))
  return Array.from({ length: Math.min(count, most) }, () => structuredClone(node))
}

const maxCopiedBytes = 60_000

function wrap(random: Random, siblings: DerNode[], at: number, node: DerNode): void {
  let wrapped = node
  for (let levels = random.chance(0.1) ? 40 : 1; levels > 0; levels -= 1) {
    wrapped = { tag: random.pick([0x30, 0x31, 0xa0]), children: [wrapped], content: empty, lead: empty }
  }
  siblings[at] = wrapped
}

const empty = new Uint8Array()

function changeContent(random: Random, node: DerNode): void {
  if (node.children !== null && random.chance(0.5)) return void changeLead(random, node)
  node.content = mutateBytes(
    random,
    node.children === null ? node.content : Buffer.concat([node.lead, writeTree(node.children)]),
  )
  node.children = null
  node.lead = empty
}

function changeLead(random: Random, node: DerNode): void {
  if (node.lead.length > 0) node.lead = Buffer.from([random.below(9)])
  else node.children = []
}

function flatten(nodes: readonly DerNode[]): DerNode[] {
  return nodes.flatMap((node) => [node, ...flatten(node.children ?? [])])
}
