/**
 * Name constraints (RFC 5280 §4.2.1.10). Kinds of names that we cannot compare are refused where a constraint is on
 * them: a constraint that is not understood must not be passed over (§4.2).
 */

import { contentOf, DerCursor, DerFault, explicitTag, implicitTag, type Tlv, tags } from '../certificate/der.ts'
import { decodeIa5 } from '../certificate/der-strings.ts'
import { readOid } from '../certificate/der-values.ts'
import { commonNameOid, readName } from '../certificate/distinguished-name.ts'
import { extensionValue } from '../certificate/extensions.ts'
import type { PeerCertificate } from '../certificate/facts.ts'
import { srvNameOid, upnOid, xmppAddrOid } from '../certificate/names.ts'
import { canonicalSteps } from './canonical-name.ts'
import { type ConstrainedName, matchName } from './name-matching.ts'
import { labelOf, type PathCertificate } from './path-certificate.ts'
import { type PathRefusal, refusePath } from './path-verdict.ts'

/** Subtrees of one extension. */
export const maxSubtrees = 256

/** id-ce-nameConstraints. */
export const nameConstraintsOid = '2.5.29.30'
const emailAddressOid = '1.2.840.113549.1.9.1'
/** id-on-SmtpUTF8Mailbox (RFC 9598): an e-mail address by another name. */
const smtpUtf8MailboxOid = '1.3.6.1.5.5.7.8.9'

/** What one CA permits and excludes. */
export interface NameConstraints {
  readonly permitted: readonly ConstrainedName[]
  readonly excluded: readonly ConstrainedName[]
}

/**
 * Holds the names of every certificate of a path against the constraints of every CA above it. Throws `DerFault` for
 * malformed constraints, which `extensionFault` finds before.
 */
export function checkNameConstraints(path: readonly PathCertificate[]): PathRefusal | null {
  for (const [index, { certificate: ca }] of path.entries()) {
    const value = index === 0 ? null : extensionValue(ca.extensions, nameConstraintsOid)
    if (value === null) continue
    const constraints = readNameConstraints(value)
    const refusal = checkBelow(path.slice(0, index), constraints, ca)
    if (refusal !== null) return refusal
  }
  return null
}

function checkBelow(
  below: readonly PathCertificate[],
  constraints: NameConstraints,
  ca: PeerCertificate,
): PathRefusal | null {
  for (const [index, { certificate, isSelfIssued }] of below.entries()) {
    // RFC 5280 §6.1.3 (b): self-issued certificates are free, unless it is the leaf.
    if (index > 0 && isSelfIssued) continue
    for (const name of constrainedNames(certificate, index === 0)) {
      const objection = judgeName(name, constraints)
      if (objection === null) continue
      const text = `${describe(name)} in ${labelOf(certificate)} ${objection} ${labelOf(ca)}`
      return refusePath('chain-name-constraint', certificate, text)
    }
  }
  return null
}

function judgeName(name: ConstrainedName, { permitted, excluded }: NameConstraints): string | null {
  const answers = permitted.map((base) => matchName(name, base)).filter((answer) => answer !== 'other-kind')
  if (answers.includes('unknown')) return 'cannot be compared with what is permitted by'
  if (answers.length > 0 && !answers.includes('inside')) return 'is outside of what is permitted by'
  for (const base of excluded) {
    const answer = matchName(name, base)
    if (answer === 'unknown') return 'cannot be compared with what is excluded by'
    if (answer === 'inside') return 'is excluded by'
  }
  return null
}

/** Every name of a certificate that a constraint could be on. */
function constrainedNames(certificate: PeerCertificate, isLeaf: boolean): readonly ConstrainedName[] {
  const { subject, names } = certificate
  const attributes = subject.rdns.flat()
  return [
    ...(attributes.length > 0 ? [directory(canonicalSteps(subject))] : []),
    ...attributes.filter(({ oid }) => oid === emailAddressOid).map(emailAttribute),
    ...names.directoryName.map((name) => directory(canonicalSteps(name))),
    ...names.rfc822Name.map((text): ConstrainedName => ({ kind: 'email', text })),
    ...names.dns.map((text): ConstrainedName => ({ kind: 'dns', text })),
    ...names.uri.map((text): ConstrainedName => ({ kind: 'uri', text })),
    ...names.ip.map(({ octets }): ConstrainedName => ({ kind: 'ip', octets })),
    ...names.xmppAddr.map(() => other(xmppAddrOid)),
    ...names.upn.map(() => other(upnOid)),
    ...names.srvName.map(() => other(srvNameOid)),
    ...names.other.map(({ kind, oid }) => (kind === 'otherName' ? other(oid ?? '') : uncomparable(kind))),
    ...(isLeaf && names.dns.length === 0 ? commonNames(certificate) : []),
  ]
}

/** A CN that looks like a host name stands in for a missing dNSName, as in OpenSSL. */
function commonNames({ subject }: PeerCertificate): readonly ConstrainedName[] {
  return subject.rdns.flat().flatMap(({ oid, value }): readonly ConstrainedName[] => {
    if (oid !== commonNameOid || value === null) return []
    if (value.includes('\0')) return [{ kind: 'unreadable', form: 'commonName' }]
    return hostLike.test(value) ? [{ kind: 'dns', text: value }] : []
  })
}

const hostLike = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)+$/

function emailAttribute(attribute: { value: string | null; encoding: string }): ConstrainedName {
  const { value, encoding } = attribute
  return value !== null && encoding === 'ia5'
    ? { kind: 'email', text: value }
    : { kind: 'unreadable', form: 'emailAddress' }
}

const directory = (steps: readonly string[]): ConstrainedName => ({ kind: 'directory', steps })
const uncomparable = (form: string): ConstrainedName => ({ kind: 'uncomparable', form })
const other = (oid: string): ConstrainedName =>
  oid === smtpUtf8MailboxOid ? { kind: 'unreadable', form: 'SmtpUTF8Mailbox' } : uncomparable(`otherName ${oid}`)

function describe(name: ConstrainedName): string {
  switch (name.kind) {
    case 'email':
    case 'dns':
    case 'uri':
      return `${name.kind} name ${JSON.stringify(name.text.slice(0, 160))}`
    case 'ip':
      return 'an IP address'
    case 'directory':
      return 'a directory name'
    case 'uncomparable':
    case 'unreadable':
      return `a name of the kind ${name.form}`
  }
}

/** Reads nameConstraints. Throws `DerFault`. */
export function readNameConstraints(value: Uint8Array): NameConstraints {
  const fields = DerCursor.over(value, tags.sequence)
  const permitted = fields.takeIf(explicitTag(0))
  const excluded = fields.takeIf(explicitTag(1))
  fields.finish()
  return { permitted: readSubtrees(permitted), excluded: readSubtrees(excluded) }
}

function readSubtrees(list: Tlv | null): readonly ConstrainedName[] {
  if (list === null) return []
  const walk = DerCursor.inside(list)
  const bases: ConstrainedName[] = []
  while (!walk.done) {
    if (bases.length === maxSubtrees) throw new DerFault(`more than ${maxSubtrees} subtrees`)
    const subtree = walk.enter(tags.sequence)
    bases.push(readBase(subtree.any()))
    // RFC 5280 §4.2.1.10: minimum is 0, which DER leaves out, and maximum is absent.
    if (!subtree.done) throw new DerFault('a subtree with minimum or maximum')
  }
  return bases
}

function readBase(base: Tlv): ConstrainedName {
  switch (base.tag) {
    case explicitTag(0): {
      const oid = readOid(DerCursor.inside(base).take(tags.oid))
      return uncomparable(`otherName ${oid}`)
    }
    case implicitTag(1):
      return { kind: 'email', text: decodeIa5(contentOf(base)) }
    case implicitTag(2):
      return { kind: 'dns', text: decodeIa5(contentOf(base)) }
    case explicitTag(3):
      return uncomparable('x400Address')
    case explicitTag(4):
      return directory(canonicalSteps(readName(DerCursor.inside(base).take(tags.sequence))))
    case explicitTag(5):
      return uncomparable('ediPartyName')
    case implicitTag(6):
      return { kind: 'uri', text: decodeIa5(contentOf(base)) }
    case implicitTag(7):
      return { kind: 'ip', octets: contentOf(base) }
    case implicitTag(8):
      return uncomparable('registeredID')
    default:
      throw new DerFault('a name of no known kind')
  }
}
