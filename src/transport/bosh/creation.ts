/** What a client wants of a new session (XEP-0124 §7.1), and what it gets. */

import { fail, ok, type Result } from '../../result.ts'
import { attributeOf, type Element } from '../../xml/element.ts'
import { readNumber } from './numbers.ts'
import { type BoshTerms, defaultContentType } from './terms.ts'

/** The client's wishes. */
export interface CreationTerms {
  /** The version it speaks; null for a client from before there were versions. */
  readonly ver: Version | null
  readonly waitS: number | null
  readonly hold: number | null
  /** The content type that answers must have. */
  readonly contentType: string
  /** Whether the absence of `ack` in a request means something. */
  readonly acks: boolean
}

/** A version of the protocol: numbers, not a fraction. */
export interface Version {
  readonly major: number
  readonly minor: number
}

/** What was agreed on. */
export interface Agreement {
  readonly ver: Version | null
  readonly waitS: number
  readonly hold: number
  /** Requests that the client may have open at one time. */
  readonly requests: number
  readonly inactivityMs: number
  /** Whether nothing is ever held, so that the client polls (XEP-0124 §12). */
  readonly isPolling: boolean
  readonly contentType: string
  readonly clientAcks: boolean
}

/** The version that is spoken here. */
const ourVersion: Version = { major: 1, minor: 11 }

// RFC 9110 §8.3.1, without quoted values: it goes into a header as it stands.
const mediaType = /^[\w!#$&^.+-]{1,64}\/[\w!#$&^.+-]{1,64}(?: ?; ?[\w!#$&^.+-]{1,32}=[\w!#$&^.+-]{1,32}){0,4}$/

const versionForm = /^(\d{1,4})\.(\d{1,4})$/

/** Reads the wishes; the failure is a reason for the log. */
export function readCreation(root: Element): Result<CreationTerms, string> {
  const waitS = readNumber(attributeOf(root, 'wait'), 0)
  const hold = readNumber(attributeOf(root, 'hold'), 0)
  if (waitS === 'malformed' || hold === 'malformed') return fail('wait or hold that is no number')
  const written = attributeOf(root, 'ver')
  const [, major, minor] = versionForm.exec(written ?? '') ?? []
  if (written !== null && major === undefined) return fail('ver that is no version')
  const contentType = attributeOf(root, 'content') ?? defaultContentType
  if (!mediaType.test(contentType)) return fail('content that is no media type')
  return ok({
    ver: major === undefined ? null : { major: Number(major), minor: Number(minor) },
    ...{ waitS, hold, contentType },
    acks: attributeOf(root, 'ack') !== null,
  })
}

/** What the client gets of what it wants: never more (XEP-0124 §7.2). */
export function agree(wanted: CreationTerms, terms: BoshTerms): Agreement {
  const waitS = Math.min(wanted.waitS ?? Number.POSITIVE_INFINITY, Math.floor(terms.maxWaitMs / 1_000))
  const hold = Math.min(wanted.hold ?? 1, terms.maxHold)
  const isPolling = waitS === 0 || hold === 0
  return {
    ver: wanted.ver === null ? null : lower(wanted.ver, ourVersion),
    ...{ waitS, hold, isPolling },
    // XEP-0124 §7.2: two, or one more than are held.
    requests: Math.max(2, hold + 1),
    // XEP-0124 §12: longer for those who poll, by more than the time between two polls.
    inactivityMs: terms.inactivityMs + (isPolling ? Math.max(terms.inactivityMs, 2 * terms.pollingMs) : 0),
    contentType: wanted.contentType,
    clientAcks: wanted.acks,
  }
}

function lower(a: Version, b: Version): Version {
  return a.major < b.major || (a.major === b.major && a.minor < b.minor) ? a : b
}
