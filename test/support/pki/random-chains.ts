/**
 * Random certificate chains, repeatable by seed: a good chain with up to three things changed, so that about a third
 * stays good and the others fail for one reason or two.
 */

import { type AuthorityOptions, type Certificate, createAuthority, issue, selfSigned, toPem } from './certificate.ts'
import { createKey, type KeyPair } from './keys.ts'
import { cn, xmppAddr } from './names.ts'
import { createRandom, type Random } from './random.ts'
import { type Change, changes } from './random-changes.ts'

/** The parts of a chain before it is made; changes work on these. */
export interface ChainPlan {
  readonly random: Random
  readonly keys: KeyPool
  /** Root first. */
  readonly authorities: Mutable<AuthorityOptions>[]
  leaf: Mutable<AuthorityOptions>
  isSelfSigned: boolean
  /** Certificates to make once the chain stands; the client sends them too. */
  readonly extra: ((made: MadeChain) => Certificate)[]
  /** More certificates for the trust store, before or behind the root. */
  readonly trustFirst: ((made: MadeChain) => Certificate)[]
  readonly trustLast: ((made: MadeChain) => Certificate)[]
  isRootTrusted: boolean
  isRootSent: boolean
  isShuffled: boolean
  /** How many octets are changed, anywhere, in what the client sends beside its own certificate. */
  garbledOctets: number
  /** Indexes of intermediates (1 is the one under the root) that the client leaves out. */
  readonly dropped: Set<number>
}

/** Certificates of a chain: root first, and the leaf. */
export interface MadeChain {
  readonly authorities: readonly Certificate[]
  readonly leaf: Certificate
}

/** Keys to take from, so that a thousand chains need only a dozen. */
export interface KeyPool {
  readonly authorities: readonly KeyPair[]
  readonly leaf: KeyPair
  readonly rsa: KeyPair
  readonly rsaWeak: KeyPair
  readonly ed25519: KeyPair
  readonly p192: KeyPair
  readonly p384: KeyPair
  readonly other: KeyPair
}

/** One random chain. */
export interface RandomChain {
  /** Number of the chain and what was changed in it. */
  readonly what: string
  /** Names of what was changed. */
  readonly changes: readonly string[]
  /** PEM of the trust store, in order. */
  readonly trusted: readonly string[]
  /** What the client sends, leaf first. */
  readonly sentDer: readonly Uint8Array[]
  readonly chainPem: string
  readonly keyPem: string
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

const changeCounts = [0, 1, 1, 1, 1, 2, 2, 2, 3]

/** Makes `count` chains from a seed; the same seed gives the same shapes (keys and serial numbers differ). */
export function* randomChains(seed: number, count: number): Generator<RandomChain> {
  const random = createRandom(seed)
  const keys: KeyPool = {
    authorities: Array.from({ length: 5 }, () => createKey('p256')),
    leaf: createKey('p256'),
    rsa: createKey('rsa2048'),
    rsaWeak: createKey('rsa1024'),
    ed25519: createKey('ed25519'),
    p192: createKey('p192'),
    p384: createKey('p384'),
    other: createKey('p256'),
  }
  for (let number = 0; number < count; number += 1) {
    const plan = goodPlan(random, keys)
    const chosen = Array.from({ length: random.pick(changeCounts) }, (): Change => random.pick(changes))
    for (const change of chosen) change.apply(plan)
    yield makeChain(
      plan,
      `chain ${number} of seed ${seed}`,
      chosen.map(({ name }) => name),
    )
  }
}

function goodPlan(random: Random, keys: KeyPool): ChainPlan {
  const depth = 1 + random.below(4)
  const authorities = Array.from({ length: depth }, (_, index): Mutable<AuthorityOptions> => {
    const key = keys.authorities[index]
    return { name: `Random CA ${index}`, ...(key && { key }) }
  })
  return {
    random,
    keys,
    authorities,
    leaf: { subject: [cn('Alice')], key: keys.leaf, san: [xmppAddr('alice@random.example')] },
    isSelfSigned: false,
    extra: [],
    trustFirst: [],
    trustLast: [],
    isRootTrusted: true,
    isRootSent: random.chance(0.2),
    isShuffled: random.chance(0.3),
    garbledOctets: 0,
    dropped: new Set(),
  }
}

function makeChain(plan: ChainPlan, label: string, changes: readonly string[]): RandomChain {
  const authorities: Certificate[] = []
  for (const options of plan.authorities) {
    const parent = authorities.at(-1)
    authorities.push(createAuthority(parent === undefined ? options : { parent, ...options }))
  }
  const issuer = authorities.at(-1)
  const leaf = issuer === undefined || plan.isSelfSigned ? selfSigned(plan.leaf) : issue(issuer, plan.leaf)
  const made = { authorities, leaf }
  const root = authorities.slice(0, 1)
  const intermediates = authorities.filter((_, index) => index > 0 && !plan.dropped.has(index)).reverse()
  const behind = [...intermediates, ...(plan.isRootSent ? root : []), ...plan.extra.map((make) => make(made))]
  const others = (plan.isShuffled ? plan.random.shuffled(behind) : behind).map(({ der }) => der)
  const sentDer = [leaf.der, ...garbled(others, plan)]
  const trusted = [
    ...plan.trustFirst.map((make) => make(made)),
    ...(plan.isRootTrusted ? root : [createAuthority({ name: 'Somebody Else' })]),
    ...plan.trustLast.map((make) => make(made)),
  ]
  return {
    what: `${label}: ${changes.join(', ') || 'unchanged'}`,
    changes: plan.isShuffled && behind.length > 1 ? [...changes, 'order shuffled'] : changes,
    trusted: trusted.map(({ pem }) => pem),
    sentDer,
    chainPem: sentDer.map((der) => toPem(der)).join(''),
    keyPem: leaf.keyPem,
  }
}

function garbled(list: readonly Buffer[], { garbledOctets, random }: ChainPlan): readonly Buffer[] {
  const copies = list.map((der) => Buffer.from(der))
  for (let count = 0; count < garbledOctets && copies.length > 0; count += 1) {
    const chosen = random.pick(copies)
    chosen[random.below(chosen.length)] = random.below(256)
  }
  return copies
}
