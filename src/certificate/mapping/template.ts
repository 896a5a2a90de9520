/** Templates for JIDs: `$1@${domain}`. Localpart and domainpart are filled in apart from each other. */

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of rules look like this

import { type JidFault, prepareDomain, prepareLocal } from '../../jid/jid.ts'
import { fail, ok, type Result } from '../../result.ts'
import type { Captures, Regex } from '../regex/regex.ts'

type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'group'; readonly index: number }
  /** The domain of the stream. */
  | { readonly kind: 'domain' }

/** A template, read. */
export interface JidTemplate {
  readonly local: readonly Piece[]
  readonly domain: readonly Piece[]
}

/** A bare JID, prepared. */
export interface FilledJid {
  readonly local: string
  readonly domain: string
}

/** What may be referred to. */
type Groups = Pick<Regex, 'groups' | 'names'>

const tokens = /\$\$|\$([0-9]{1,3})|\$\{([^}]*)\}|([^$]+)|\$/g

/**
 * Reads a template for a pattern with these groups, or says what is wrong in a sentence without its full stop. Null stands for
 * a pattern that cannot be read: it might have any group.
 */
export function parseTemplate(source: string, groups: Groups | null): Result<JidTemplate, string> {
  const sides: Piece[][] = [[]]
  for (const [whole, number, name, text] of source.matchAll(tokens)) {
    if (text !== undefined || whole === '$$') {
      const [first = '', ...further] = (text ?? '$').split('@')
      if (first !== '') sides.at(-1)?.push({ kind: 'text', text: first })
      for (const part of further) sides.push(part === '' ? [] : [{ kind: 'text', text: part }])
    } else {
      const piece = pieceOf(number ?? name ?? null, groups)
      if (!piece.ok) return piece
      sides.at(-1)?.push(piece.value)
    }
  }
  const [local = [], domain = [], ...more] = sides
  if (sides.length === 1 || more.length > 0 || local.length === 0 || domain.length === 0) {
    return fail('it must be of the form LOCAL@DOMAIN with one @, such as "$1@${domain}"')
  }
  return checked({ local, domain })
}

function pieceOf(reference: string | null, known: Groups | null): Result<Piece, string> {
  if (reference === null) return fail('a $ stands before a number, or a name in { }; write $$ for the character')
  if (reference === 'domain') return ok({ kind: 'domain' })
  if (known === null) return ok({ kind: 'group', index: 0 })
  const { groups, names } = known
  const index = /^[0-9]{1,3}$/.test(reference) ? Number(reference) : names.get(reference)
  if (index === undefined) return fail(`no group of the pattern is named ${JSON.stringify(reference)}`)
  if (index > groups) return fail(`there is no group ${index}: the pattern has ${groups === 0 ? 'none' : groups}`)
  return ok({ kind: 'group', index })
}

/** What is fixed in a template must be able to stand in a JID, whatever is filled in. */
function checked(template: JidTemplate): Result<JidTemplate, string> {
  const sample = fillTemplate(template, [], 'example.org', 'x')
  return sample.ok ? ok(template) : fail(`its ${sample.error.part}part can be in no JID: it ${sample.error.why}`)
}

/**
 * Fills in a template. Each side is prepared alone, so that nothing that is filled in can move the `@` or add a
 * resource. A group that took no part in the match is the empty text.
 */
export function fillTemplate(
  { local, domain }: JidTemplate,
  captures: Captures,
  streamDomain: string,
  absent = '',
): Result<FilledJid, JidFault> {
  const fill = (pieces: readonly Piece[]): string =>
    pieces.map((piece) => textOf(piece, captures, streamDomain) ?? absent).join('')
  const localpart = prepareLocal(fill(local))
  if (!localpart.ok) return localpart
  const domainpart = prepareDomain(fill(domain))
  if (!domainpart.ok) return domainpart
  return ok({ local: localpart.value, domain: domainpart.value })
}

/** Whether the localpart holds the whole of a value (`$0`). */
export function takesWholeValue({ local }: JidTemplate): boolean {
  return local.some((piece) => piece.kind === 'group' && piece.index === 0)
}

/** The domain of whatever the template makes on a stream of this domain; null where the certificate has a say in it. */
export function fixedDomain({ domain }: JidTemplate, streamDomain: string): string | null {
  if (domain.some(({ kind }) => kind === 'group')) return null
  const made = prepareDomain(domain.map((piece) => textOf(piece, [], streamDomain)).join(''))
  return made.ok ? made.value : null
}

function textOf(piece: Piece, captures: Captures, streamDomain: string): string | null {
  switch (piece.kind) {
    case 'text':
      return piece.text
    case 'group':
      return captures[piece.index] ?? null
    case 'domain':
      return streamDomain
  }
}
