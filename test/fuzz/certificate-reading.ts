/** A second reading of the names in a certificate, made another way than ours: by walking the tree of its encoding. */

import { type DerNode, parseTree } from './der-tree.ts'

/** The names, each as the kind of its list in our facts and its text. */
export interface NameReading {
  /** `rfc822Name: …`, in encoding order. */
  readonly subjectAlt: readonly string[]
  /** Attributes of the subject as `OID octets in hex: text`, in encoding order. */
  readonly subject: readonly string[]
}

const sanOid = '551d11'
const otherNames: Readonly<Record<string, string>> = {
  '2b06010505070805': 'xmppAddr',
  '2b06010505070807': 'srvName',
  '2b060104018237140203': 'upn',
}
const plainNames: Readonly<Record<number, string>> = { 129: 'rfc822Name', 130: 'dns', 134: 'uri' }

/** Reads the names; null for what is no tree at all. Not strict: it is asked only about what we have accepted. */
export function readNames(der: Uint8Array): NameReading | null {
  const tbs = parseTree(der, true)?.[0]?.children?.[0]?.children
  if (tbs === undefined || tbs === null) return null
  // version [0] may be missing; then serial, signature, issuer, validity, subject.
  const subject = tbs[tbs[0]?.tag === 0xa0 ? 5 : 4]
  const wrapper = tbs.find(({ tag }) => tag === 0xa3)
  const extensions = wrapper?.children?.[0]?.children ?? []
  const san = extensions.find((extension) => hexOf(extension.children?.[0]) === sanOid)
  const names = san?.children?.at(-1)?.children?.[0]?.children ?? []
  return { subjectAlt: names.flatMap(nameOf), subject: (subject?.children ?? []).flatMap(attributesOf) }
}

function nameOf(node: DerNode): string[] {
  const plain = plainNames[node.tag]
  if (plain !== undefined) return [`${plain}: ${Buffer.from(node.content).toString('latin1')}`]
  const kind = node.tag === 0xa0 ? otherNames[hexOf(node.children?.[0])] : undefined
  const value = node.children?.[1]?.children?.[0]
  if (kind === undefined || value === undefined) return []
  return [`${kind}: ${textOf(value)}`]
}

function attributesOf(rdn: DerNode): string[] {
  return (rdn.children ?? []).map(({ children }) => `${hexOf(children?.[0])}: ${textOf(children?.[1])}`)
}

/** Node's own decoders, lossy ones included: what they cannot read differs from any text. */
function textOf(node: DerNode | undefined): string {
  const bytes = Buffer.from(node?.content ?? [])
  switch (node?.tag) {
    case 0x0c:
      return bytes.toString('utf8')
    case 0x1e:
      return bytes.length % 2 === 0 ? bytes.swap16().toString('utf16le') : 'broken'
    case 0x1c:
      return Array.from({ length: bytes.length / 4 }, (_, at) => characterOf(bytes.readUInt32BE(at * 4))).join('')
    default:
      return bytes.toString('latin1')
  }
}

function characterOf(point: number): string {
  return point > 0x10ffff ? 'broken' : String.fromCodePoint(point)
}

function hexOf(node: DerNode | undefined): string {
  return Buffer.from(node?.content ?? []).toString('hex')
}
