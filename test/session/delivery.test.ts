/** The delivery rules of RFC 6121 §8.5 as a table. */

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { planDelivery } from '../../src/session/local/messages.ts'
import type { MessageType } from '../../src/session/local/stanza.ts'

/** Resources by name; null has not sent presence. */
type Resources = Readonly<Record<string, number | null>>

const nobody: Resources = {}
const bound: Resources = { a: null }
const hidden: Resources = { a: -1 }
const one: Resources = { a: 0 }
const ranked: Resources = { a: 0, b: 5, c: 5, d: -1, e: null }

/** type, resource addressed, resources there are, what becomes of it: the receivers or the word. */
const rows: readonly (readonly [MessageType, string | null, Resources, string])[] = [
  // §8.5.2.2: bare JID, nobody takes messages
  ['normal', null, nobody, 'keep'],
  ['chat', null, nobody, 'keep'],
  ['groupchat', null, nobody, 'refuse'],
  ['headline', null, nobody, 'drop'],
  ['error', null, nobody, 'drop'],
  ['normal', null, bound, 'keep'],
  ['chat', null, hidden, 'keep'],
  ['headline', null, hidden, 'drop'],
  ['groupchat', null, hidden, 'refuse'],
  ['error', null, hidden, 'drop'],
  // §8.5.2.1: bare JID, somebody does
  ['normal', null, one, 'a'],
  ['chat', null, one, 'a'],
  ['groupchat', null, one, 'refuse'],
  ['headline', null, one, 'a'],
  ['error', null, one, 'drop'],
  ['normal', null, ranked, 'b c'],
  ['chat', null, ranked, 'b c'],
  ['headline', null, ranked, 'a b c'],
  // §8.5.3.1: full JID, the resource is there, whatever its presence
  ['normal', 'd', ranked, 'd'],
  ['chat', 'e', ranked, 'e'],
  ['groupchat', 'a', ranked, 'a'],
  ['headline', 'd', ranked, 'd'],
  ['error', 'e', ranked, 'e'],
  // §8.5.3.2: full JID, the resource is not there
  ['normal', 'x', ranked, 'refuse'],
  ['groupchat', 'x', ranked, 'refuse'],
  ['headline', 'x', ranked, 'drop'],
  ['error', 'x', ranked, 'drop'],
  ['chat', 'x', ranked, 'b c'],
  ['chat', 'x', hidden, 'keep'],
  ['chat', 'x', nobody, 'keep'],
]

for (const [type, resource, resources, outcome] of rows) {
  it(`${type} to ${resource ?? 'the bare JID'} of ${JSON.stringify(resources)}: ${outcome}`, () => {
    const candidates = Object.entries(resources).map(([name, priority]) => ({ resource: name, priority }))
    const plan = planDelivery(type, resource, candidates)
    assert.equal(plan.kind === 'deliver' ? plan.to.map((to) => to.resource).join(' ') : plan.kind, outcome)
  })
}
