/** What each backend can say of each evidence, and what must come of every two answers, one behind the other. */

import type { ReasonCode } from '../../src/observe/reasons.ts'

/** The backends, by their names in `auth.methods`. */
export const backends = ['pki', 'http', 'ldap', 'rdbms'] as const

/** One backend. */
export type Backend = (typeof backends)[number]

/** What a backend is made to say. */
export const states = ['allow', 'deny', 'unknown', 'unavailable'] as const

/** One of them. */
export type State = (typeof states)[number]

/** Evidence of a whole claim. */
export type PairEvidence = 'certificate' | 'password'

/** What each backend can be made to say of each evidence; nothing where it is not asked at all. */
const possible: Readonly<Record<PairEvidence, Readonly<Record<Backend, readonly State[]>>>> = {
  certificate: { pki: ['allow'], http: states, ldap: states, rdbms: [] },
  password: { pki: [], http: states, ldap: states, rdbms: states },
}

/** The reason code of each backend's refusal. */
const refusals: Readonly<Record<PairEvidence, Readonly<Partial<Record<Backend, ReasonCode>>>>> = {
  certificate: { http: 'certificate-not-listed', ldap: 'directory-certificate-mismatch' },
  password: { http: 'password-wrong', ldap: 'password-wrong', rdbms: 'password-wrong' },
}

/**
 * The end, and who was asked (1, 2, or both), by the first backend's answer (line) and the second's (column); `-` for a
 * backend that does not judge the evidence. Only `unknown` lets the second speak.
 */
const ends = `
               allow    deny    unknown    unavailable    -
  allow        allow1   allow1  allow1     allow1         allow1
  deny         deny1    deny1   deny1      deny1          deny1
  unknown      allow12  deny12  unknown12  unavailable12  unknown1
  unavailable  unavailable1 unavailable1 unavailable1 unavailable1 unavailable1
  -            allow2   deny2   unknown2   unavailable2   -`

/** One login against two backends. */
export interface PairRow {
  readonly first: Backend
  readonly second: Backend
  readonly evidence: PairEvidence
  /** Null for a backend that does not judge the evidence. */
  readonly states: readonly [State | null, State | null]
  /** The account, whose name tells each backend what to say. */
  readonly local: string
  /** `success`, or the SASL failure condition. */
  readonly condition: string
  readonly code: ReasonCode | 'allow'
  /** `backend: verdict`, in the order they are asked. */
  readonly asked: readonly string[]
}

/** All ordered pairs of different backends. */
export const pairs: readonly (readonly [Backend, Backend])[] = backends.flatMap((first) =>
  backends.filter((second) => second !== first).map((second) => [first, second] as const),
)

/** Every row of one pair. */
export function rowsOf(first: Backend, second: Backend): readonly PairRow[] {
  return (['certificate', 'password'] as const).flatMap((evidence) => {
    const ofFirst = orNull(possible[evidence][first])
    const ofSecond = orNull(possible[evidence][second])
    return ofFirst.flatMap((one) => ofSecond.map((other) => rowOf(first, second, evidence, [one, other])))
  })
}

function orNull(list: readonly State[]): readonly (State | null)[] {
  return list.length === 0 ? [null] : list
}

function rowOf(first: Backend, second: Backend, evidence: PairEvidence, pair: PairRow['states']): PairRow {
  const cell = cellOf(pair)
  const word = cell.replace(/\d+$/, '')
  const answers = [`${first}: ${pair[0]}`, `${second}: ${pair[1]}`]
  const asked = answers.filter((_, index) => cell.includes(String(index + 1)))
  const local = localOf({ [first]: pair[0], [second]: pair[1] })
  const row = { first, second, evidence, states: pair, local, asked }
  switch (word) {
    case 'allow':
      return { ...row, condition: 'success', code: 'allow' }
    case 'deny':
      return { ...row, condition: 'not-authorized', code: refusalOf(evidence, asked.length === 2 ? second : pick(row)) }
    case 'unknown':
      return { ...row, condition: 'not-authorized', code: 'account-unknown' }
    case 'unavailable':
      return { ...row, condition: 'temporary-auth-failure', code: 'backend-unavailable' }
    default:
      throw new TypeError(`neither ${first} nor ${second} judges a ${evidence}`)
  }
}

function pick({ first, second, states: [one] }: Pick<PairRow, 'first' | 'second' | 'states'>): Backend {
  return one === null ? second : first
}

function refusalOf(evidence: PairEvidence, backend: Backend): ReasonCode {
  const code = refusals[evidence][backend]
  if (code === undefined) throw new TypeError(`${backend} refuses no ${evidence}`)
  return code
}

function cellOf([one, other]: PairRow['states']): string {
  const [head = [], ...lines] = ends
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
  const line = lines.find(([name]) => name === (one ?? '-'))
  const cell = line?.[head.indexOf(other ?? '-') + 1]
  if (cell === undefined) throw new TypeError(`no cell for ${one} and ${other}`)
  return cell
}

/** The localpart that makes backends say this. */
export function localOf(wanted: Readonly<Partial<Record<Backend, State | null>>>): string {
  const words = backends.flatMap((backend) => (wanted[backend] == null ? [] : [`${backend}.${wanted[backend]}`]))
  return words.length === 0 ? 'nobody' : words.join('-')
}

/** What `backend` is to say of an account of this localpart; null when nothing is asked of it. */
export function stateOf(local: string, backend: Backend): State | null {
  const [, word] = new RegExp(`(?:^|-)${backend}\\.([a-z]+)`).exec(local) ?? []
  return states.find((state) => state === word) ?? null
}
