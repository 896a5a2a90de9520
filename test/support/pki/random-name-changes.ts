/** Name constraints and the names they are on, for random chains. */

import type { NameConstraints } from './extensions.ts'
import * as names from './names.ts'
import type { ChainPlan } from './random-chains.ts'
import type { Change } from './random-changes.ts'

const subtrees: readonly (() => Uint8Array)[] = [
  () => names.dns('random.example'),
  () => names.dns('.random.example'),
  () => names.dns('other.example'),
  () => names.dns(''),
  () => names.email('random.example'),
  () => names.email('.random.example'),
  () => names.email('alice@random.example'),
  () => names.email('other.example'),
  () => names.uri('random.example'),
  () => names.uri('.random.example'),
  () => names.ip(192, 0, 2, 0, 255, 255, 255, 0),
  () => names.ip(10, 0, 0, 0, 255, 0, 0, 0),
  () => names.ip(0, 0, 0, 0, 0, 0, 0, 0),
  () => names.dirName([names.cn('Alice')]),
  () => names.dirName([names.cn('ALICE')]),
  () => names.dirName([names.cn('Bob')]),
  () => names.dirName([]),
  () => names.xmppAddr('random.example'),
  () => names.upn('random.example'),
  () => names.srv('_xmpp-client.random.example'),
  () => names.registeredId('1.3.6.1.4.1.99999.5'),
]

const subjectNames: readonly (() => Uint8Array)[] = [
  () => names.dns('random.example'),
  () => names.dns('www.RANDOM.example'),
  () => names.dns('notrandom.example'),
  () => names.email('alice@random.example'),
  () => names.email('ALICE@Random.Example'),
  () => names.email('alice@sub.random.example'),
  () => names.email('not an address'),
  () => names.email('a@b@random.example'),
  () => names.uri('https://random.example/a'),
  () => names.uri('https://www.random.example:8443/a?b#c'),
  () => names.uri('https://user@random.example/'),
  () => names.uri('https://192.0.2.1/'),
  () => names.uri('https://[2001:db8::1]/'),
  () => names.uri('urn:example:1'),
  () => names.ip(192, 0, 2, 7),
  () => names.ip(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
  () => names.dirName([names.cn('Alice'), names.cn('Phone')]),
  () => names.dirName([names.cn('Bob')]),
  () => names.xmppAddr('alice@random.example'),
  () => names.upn('alice@random.example'),
  () => names.srv('_xmpp-client.random.example'),
  () => names.registeredId('1.3.6.1.4.1.99999.5'),
]

const commonNames = [
  'alice.random.example',
  'random.example',
  'alice',
  'other.example',
  'a\0.random.example',
  '-a.example',
]

function some(plan: ChainPlan, from: readonly (() => Uint8Array)[], most: number): readonly Uint8Array[] {
  return Array.from({ length: 1 + plan.random.below(most) }, () => plan.random.pick(from)())
}

function constrain(plan: ChainPlan): NameConstraints {
  const critical = plan.random.chance(0.5)
  const isPermitting = plan.random.chance(0.6)
  const list = some(plan, subtrees, 3)
  return isPermitting ? { permitted: list, critical } : { excluded: list, critical }
}

function constrainedChain(plan: ChainPlan): void {
  const index = plan.random.below(plan.authorities.length)
  const options = plan.authorities[index]
  if (options !== undefined) plan.authorities[index] = { ...options, nameConstraints: constrain(plan) }
  if (plan.random.chance(0.8)) plan.leaf = { ...plan.leaf, san: some(plan, subjectNames, 3) }
  else plan.leaf = { cn: plan.random.pick(commonNames), ...(plan.leaf.key && { key: plan.leaf.key }) }
}

function emailInSubject(plan: ChainPlan): void {
  const encoding = plan.random.pick(['ia5', 'utf8'] as const)
  const value = plan.random.pick(['alice@random.example', 'alice@other.example'])
  constrainedChain(plan)
  plan.leaf = { ...plan.leaf, subject: [names.cn('Alice'), { oid: names.attributeTypes.email, value, encoding }] }
}

/** The changes, as often as their number of cases deserves. */
export const nameChanges: readonly Change[] = [
  ...Array.from({ length: 20 }, (): Change => ({ name: 'name constraints', apply: constrainedChain })),
  ...Array.from({ length: 3 }, (): Change => ({ name: 'e-mail address in the subject', apply: emailInSubject })),
]
