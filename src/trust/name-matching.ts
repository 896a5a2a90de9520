/** Whether a name lies in a subtree (RFC 5280 §4.2.1.10), with the readings that OpenSSL has. */

import { lowerAscii } from './canonical-name.ts'

/** A name, or the base of a subtree, in the form in which the two are compared. */
export type ConstrainedName =
  | { readonly kind: 'email' | 'dns' | 'uri'; readonly text: string }
  /** 4 or 16 octets of an address; in a base twice that, with the mask behind. */
  | { readonly kind: 'ip'; readonly octets: Uint8Array }
  /** Canonical steps of a directory name. */
  | { readonly kind: 'directory'; readonly steps: readonly string[] }
  /** A kind that cannot be compared, but told from others. */
  | { readonly kind: 'uncomparable'; readonly form: string }
  /** A name that some constraint might be on, in a form that says nothing certain. */
  | { readonly kind: 'unreadable'; readonly form: string }

/** `other-kind`: the subtree has nothing to say about this name. `unknown`: it might have, and we cannot tell what. */
export type NameMatch = 'inside' | 'outside' | 'other-kind' | 'unknown'

/** Compares a name with the base of a subtree. */
export function matchName(name: ConstrainedName, base: ConstrainedName): NameMatch {
  if (name.kind === 'unreadable') return 'unknown'
  if (name.kind === 'uncomparable') {
    return base.kind === 'uncomparable' && base.form === name.form ? 'unknown' : 'other-kind'
  }
  if (name.kind === 'email' && base.kind === 'email') return matchEmail(name.text, base.text)
  if (name.kind === 'dns' && base.kind === 'dns') return inside(isHostWithin(name.text, base.text))
  if (name.kind === 'uri' && base.kind === 'uri') return matchUri(name.text, base.text)
  if (name.kind === 'ip' && base.kind === 'ip') return matchIp(name.octets, base.octets)
  if (name.kind === 'directory' && base.kind === 'directory') {
    return inside(base.steps.every((step, index) => step === name.steps[index]))
  }
  return 'other-kind'
}

const inside = (is: boolean): NameMatch => (is ? 'inside' : 'outside')

/** Zero or more labels may be added on the left; a base that starts with a dot is compared with its dot. */
function isHostWithin(host: string, base: string): boolean {
  const name = lowerAscii(host)
  const suffix = lowerAscii(base)
  if (suffix === '' || name === suffix) return true
  return name.endsWith(suffix.startsWith('.') ? suffix : `.${suffix}`)
}

/** A mailbox, a host, or with a dot in front any host below a domain. The local part is compared letter by letter. */
function matchEmail(address: string, base: string): NameMatch {
  const parts = address.split('@')
  const [local = '', host = ''] = parts
  if (parts.length !== 2 || local === '' || host === '' || address.includes('\0')) return 'unknown'
  const cut = base.lastIndexOf('@')
  if (cut < 0 && base.startsWith('.')) return inside(lowerAscii(host).endsWith(lowerAscii(base)))
  if (cut > 0 && base.slice(0, cut) !== local) return 'outside'
  return inside(lowerAscii(host) === lowerAscii(base.slice(cut + 1)))
}

/** Scheme and a plain host name; user information and address literals have no agreed reading here. */
const plainUri = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([A-Za-z0-9._-]+)(?::\d{1,5})?(?:[/?#][!-~]*)?$/

function matchUri(uri: string, base: string): NameMatch {
  const host = plainUri.exec(uri)?.[1]
  if (host === undefined || uri.includes('@')) return 'unknown'
  const name = lowerAscii(host)
  const wanted = lowerAscii(base)
  return inside(wanted.startsWith('.') ? name.length > wanted.length && name.endsWith(wanted) : name === wanted)
}

function matchIp(address: Uint8Array, base: Uint8Array): NameMatch {
  if (base.length !== 8 && base.length !== 32) return 'unknown'
  if (address.length * 2 !== base.length) return 'outside'
  return inside(
    address.every((octet, index) => {
      const mask = base[address.length + index] ?? 0
      return (octet & mask) === ((base[index] ?? 0) & mask)
    }),
  )
}
