/** Writes the `<body/>` of an answer (XEP-0124 §5, XEP-0206 §3). */

import { escapeAttribute } from '../../xml/escape.ts'
import { NS } from '../../xml/namespaces.ts'
import { type BoshAnswer, defaultContentType, legacyStatus, type TerminalCondition } from './terms.ts'

/** Attributes in their order; null leaves one out. */
export type BodyAttributes = { readonly [name: string]: string | number | null }

/** The markup of a body around payload that is qualified already. */
export function formatBody(attributes: BodyAttributes, payload = ''): string {
  let head = '<body'
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null) head += ` ${name}='${escapeAttribute(String(value))}'`
  }
  head += ` xmlns='${NS.httpBind}'`
  // XEP-0206 §2: demanded around stream features.
  if (payload.includes('<stream:')) head += ` xmlns:stream='${NS.streams}'`
  return payload === '' ? `${head}/>` : `${head}>${payload}</body>`
}

/** The answer that ends a session, or refuses one; `legacy` for a client that named no version. */
export function terminalAnswer(
  condition: TerminalCondition | null,
  { contentType = defaultContentType, legacy = false, payload = '' } = {},
): BoshAnswer {
  const status = legacy ? legacyStatus(condition) : null
  // XEP-0124 §17.1: what such a client understands is the status alone.
  if (status !== null) return { status, contentType, text: '' }
  return { status: 200, contentType, text: formatBody({ type: 'terminate', condition }, payload) }
}

/**
 * Markup that stood where the default namespace is `jabber:client`, to stand in a body: topmost elements without a
 * namespace of their own say theirs. The markup is our own, where `>` ends tags and nothing else.
 */
export function qualify(markup: string): string {
  let out = ''
  let depth = 0
  let copied = 0
  for (let at = markup.indexOf('<'); at >= 0; ) {
    const end = markup.indexOf('>', at)
    if (end < 0) break
    if (markup.charCodeAt(at + 1) === slash) depth -= 1
    else {
      if (depth === 0) {
        const name = nameEnd(markup, at + 1)
        out += markup.slice(copied, name) + namespaceFor(markup.slice(at, end))
        copied = name
      }
      if (markup.charCodeAt(end - 1) !== slash) depth += 1
    }
    at = markup.indexOf('<', end)
  }
  return out + markup.slice(copied)
}

const slash = 0x2f
const quoted = /'[^']*'|"[^"]*"/g

function nameEnd(markup: string, from: number): number {
  let at = from
  while (!' \t\n/>'.includes(markup.charAt(at))) at += 1
  return at
}

function namespaceFor(tag: string): string {
  if (tag.startsWith('<stream:')) return ''
  // The value of an attribute may hold anything that looks like another.
  const isQualified = tag.includes('xmlns=') && /\sxmlns=/.test(tag.replace(quoted, ''))
  return isQualified ? '' : ` xmlns='${NS.client}'`
}
