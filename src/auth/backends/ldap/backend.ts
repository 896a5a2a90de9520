/** `ldap`: accounts are entries of a directory (MongooseIM's `[auth.ldap]`, and what it has no words for). */

import type { Filter, SearchOptions } from 'ldapts'
import type { Call } from '../../../observe/call.ts'
import { ok } from '../../../result.ts'
import { allow } from '../../allow.ts'
import type { AuthBackend, Claim, Verdict } from '../../contract.ts'
import { ldapEvidence } from '../../evidence.ts'
import { type CertificateFacts, readFacts } from '../../ldap/certificate-places.ts'
import { type FilterTemplate, placesOf } from '../../ldap/filter.ts'
import type { Deref, LdapOptions } from '../../ldap/options.ts'
import { buildFilter, type FillPlace } from './build-filter.ts'
import { LdapRefusal } from './connection.ts'
import {
  attributesFor,
  binaryAttributesFor,
  entryDenial,
  type LdapDenial,
  type LdapEntry,
  namedClaim,
  noAttributes,
  textValues,
} from './entry.ts'
import type { LdapPool } from './pool.ts'

/** Connections that the backend uses; it does not own them. */
export interface LdapPools {
  readonly search: LdapPool
  /** Null where nobody's password is tried. */
  readonly bind: LdapPool | null
}

/** One more than is wanted: enough to see that an entry is not the only one. */
const maxEntries = 2

const noFacts: CertificateFacts = new Map()

/** RFC 4511 §A.1. */
const invalidCredentials = 49

const derefAliases: Readonly<Record<Deref, NonNullable<SearchOptions['derefAliases']>>> = {
  never: 'never',
  always: 'always',
  finding: 'find',
  searching: 'search',
}

/** A backend over these pools. */
export function createLdapBackend(options: LdapOptions, pools: LdapPools): AuthBackend {
  const wanted: WantedAttributes = {
    attributes: attributesFor(options),
    explicitBufferAttributes: binaryAttributesFor(options),
  }
  const factPlaces = options.byCertificate === null ? [] : [...new Set(placesOf(options.byCertificate))]
  return {
    name: 'ldap',
    takes: ldapEvidence(pools.bind !== null),
    judge: async (claim, call) => {
      try {
        return await judge({ options, pools, wanted, factPlaces, claim, call })
      } catch (cause) {
        return { kind: 'unavailable', cause: cause instanceof Error ? cause : new Error(String(cause)) }
      }
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** What is asked for of an entry. */
type WantedAttributes = Required<Pick<SearchOptions, 'attributes' | 'explicitBufferAttributes'>>

/** One claim on its way. */
interface Case {
  readonly options: LdapOptions
  readonly pools: LdapPools
  readonly wanted: WantedAttributes
  /** Places of the filter for certificates. */
  readonly factPlaces: readonly string[]
  readonly claim: Claim
  readonly call: Call
}

async function judge(on: Case): Promise<Verdict> {
  const facts = on.claim.kind === 'certificate' ? readFacts(on.factPlaces, on.claim.certificate) : ok(noFacts)
  // Final: a method behind this one does not look at the value, and would let its holder in.
  if (!facts.ok) return { kind: 'deny', code: 'rule-value-malformed', why: `certificate_filter: ${facts.error}` }
  const entries = await findEntries(on, facts.value)
  const [entry] = entries
  if (entry === undefined) return { kind: 'unknown' }
  if (entries.length > 1) {
    const why = `more than one entry is found, ${entries.map(({ dn }) => dn).join(' and ')} among them`
    return { kind: 'deny', code: 'directory-ambiguous', why }
  }
  const named = namedClaim(entry, on.claim, on.options)
  return named.ok ? judgeEntry(entry, { ...on, claim: named.value }) : named.error
}

async function judgeEntry(entry: LdapEntry, on: Case): Promise<Verdict> {
  // The password first: what is wrong with an account is not for everybody to know.
  const denial =
    (await passwordDenial(entry, on)) ??
    entryDenial(entry, on.claim, on.options) ??
    (await dnFilterDenial(entry, on)) ??
    (await disabledDenial(entry, on))
  return denial ?? allow(on.claim)
}

/** The entries of a claim, at most `maxEntries`; none when the claim has nothing to find them by. */
async function findEntries(on: Case, facts: CertificateFacts): Promise<readonly LdapEntry[]> {
  const { options, claim } = on
  const isOpen = claim.kind === 'certificate' && claim.open !== undefined
  // By its name nobody can be found who has none yet.
  if (isOpen && options.byCertificate === null) return []
  const template = claim.kind === 'certificate' ? (options.byCertificate ?? options.byName) : options.byName
  const ofAccount = placesOfClaim(claim)
  const filter = buildFilter(template, (place) => facts.get(place) ?? ofAccount(place))
  if (filter === null) return []
  return search(on, options.base, filter, on.wanted)
}

function placesOfClaim(claim: Claim): FillPlace {
  return (place) => {
    if (place === '%u') return claim.kind === 'certificate' && claim.open !== undefined ? null : [claim.jid.local]
    if (place === '%d') return [claim.jid.domain]
    return null
  }
}

async function search(on: Case, base: string, filter: Filter, more: SearchOptions): Promise<readonly LdapEntry[]> {
  const { options, pools, call } = on
  const { searchEntries, searchReferences } = await pools.search.ask('shared', call, (connection) =>
    connection.search(base, {
      scope: 'sub',
      derefAliases: derefAliases[options.deref],
      sizeLimit: maxEntries,
      timeLimit: Math.max(1, Math.ceil((call.deadline - performance.now()) / 1000)),
      filter,
      ...more,
    }),
  )
  // RFC 4511 §4.5.3: the rest of the answer is elsewhere, and with it perhaps another entry.
  if (searchReferences.length > 0 && options.references === 'refuse') {
    throw new Error(`the directory refers to further servers (${searchReferences[0] ?? ''})`)
  }
  return searchEntries
}

async function passwordDenial({ dn }: LdapEntry, { claim, pools, call }: Case): Promise<LdapDenial | null> {
  if (claim.kind !== 'password') return null
  if (pools.bind === null) throw new Error('there is no pool to try passwords on')
  // RFC 4513 §5.1.2: a server may take a bind without a password, or without a name, for one as nobody, and be content.
  if (claim.password === '' || dn === '') return { kind: 'deny', code: 'password-wrong', why: 'the password is empty' }
  try {
    await pools.bind.ask('alone', call, (connection) => connection.bind(dn, claim.password))
    return null
  } catch (cause) {
    if (!(cause instanceof LdapRefusal) || cause.code !== invalidCredentials) throw cause
    return { kind: 'deny', code: 'password-wrong', why: `the directory refuses it for ${dn}` }
  }
}

async function dnFilterDenial(entry: LdapEntry, on: Case): Promise<LdapDenial | null> {
  const { dnFilter, base } = on.options
  if (dnFilter === null) return null
  const ofClaim = placesOfClaim(on.claim)
  const fill: FillPlace = (place) => {
    if (place === '%D') return [entry.dn]
    const attribute = place.startsWith('%s') ? dnFilter.attributes[Number(place.slice(2)) - 1] : undefined
    return attribute === undefined ? ofClaim(place) : textValues(entry, attribute).slice(0, 1)
  }
  const found = await matches(on, base, { scope: 'sub' }, dnFilter.filter, fill)
  return found ? null : { kind: 'deny', code: 'directory-filtered', why: `dn_filter rules ${entry.dn} out` }
}

async function disabledDenial({ dn }: LdapEntry, on: Case): Promise<LdapDenial | null> {
  const { enabledFilter } = on.options
  if (enabledFilter === null) return null
  const enabled = await matches(on, dn, { scope: 'base' }, enabledFilter, placesOfClaim(on.claim))
  return enabled ? null : { kind: 'deny', code: 'account-disabled', why: `${dn} does not match enabled_filter` }
}

async function matches(
  on: Case,
  base: string,
  { scope }: Required<Pick<SearchOptions, 'scope'>>,
  template: FilterTemplate,
  fill: FillPlace,
): Promise<boolean> {
  const filter = buildFilter(template, fill)
  if (filter === null) return false
  return (await search(on, base, filter, { scope, attributes: [noAttributes] })).length > 0
}
