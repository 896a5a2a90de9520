/** The subscription state machine over the whole of RFC 6121 appendix A. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  noSubscription,
  type SubscriptionState,
  type SubscriptionType,
  stepInbound,
  stepOutbound,
} from '../../src/session/local/subscriptions.ts'

const make = (fields: Partial<SubscriptionState>): SubscriptionState => ({ ...noSubscription, ...fields })

/** The nine states of appendix A.1. */
const states = {
  None: make({}),
  'None + Pending Out': make({ ask: true }),
  'None + Pending In': make({ pendingIn: true }),
  'None + Pending Out+In': make({ ask: true, pendingIn: true }),
  To: make({ to: true }),
  'To + Pending In': make({ to: true, pendingIn: true }),
  From: make({ from: true }),
  'From + Pending Out': make({ from: true, ask: true }),
  Both: make({ to: true, from: true }),
} as const
type StateName = keyof typeof states

/** A row: the state before, whether the stanza goes on (routed or delivered), and the state after. */
type Row = readonly [before: StateName, goesOn: boolean, after: StateName]

const outbound: Readonly<Record<SubscriptionType, readonly Row[]>> = {
  // A.2.1
  subscribe: [
    ['None', true, 'None + Pending Out'],
    ['None + Pending Out', true, 'None + Pending Out'],
    ['None + Pending In', true, 'None + Pending Out+In'],
    ['None + Pending Out+In', true, 'None + Pending Out+In'],
    ['To', true, 'To'],
    ['To + Pending In', true, 'To + Pending In'],
    ['From', true, 'From + Pending Out'],
    ['From + Pending Out', true, 'From + Pending Out'],
    ['Both', true, 'Both'],
  ],
  // A.2.2
  unsubscribe: [
    ['None', true, 'None'],
    ['None + Pending Out', true, 'None'],
    ['None + Pending In', true, 'None + Pending In'],
    ['None + Pending Out+In', true, 'None + Pending In'],
    ['To', true, 'None'],
    ['To + Pending In', true, 'None + Pending In'],
    ['From', true, 'From'],
    ['From + Pending Out', true, 'From'],
    ['Both', true, 'From'],
  ],
  // A.2.3; the states in which it is a pre-approval are below.
  subscribed: [
    ['None + Pending In', true, 'From'],
    ['None + Pending Out+In', true, 'From + Pending Out'],
    ['To + Pending In', true, 'Both'],
    ['From', false, 'From'],
    ['From + Pending Out', false, 'From + Pending Out'],
    ['Both', false, 'Both'],
  ],
  // A.2.4
  unsubscribed: [
    ['None', false, 'None'],
    ['None + Pending Out', false, 'None + Pending Out'],
    ['None + Pending In', true, 'None'],
    ['None + Pending Out+In', true, 'None + Pending Out'],
    ['To', false, 'To'],
    ['To + Pending In', true, 'To'],
    ['From', true, 'None'],
    ['From + Pending Out', true, 'None + Pending Out'],
    ['Both', true, 'To'],
  ],
}

const inbound: Readonly<Record<SubscriptionType, readonly Row[]>> = {
  // A.3.1
  subscribe: [
    ['None', true, 'None + Pending In'],
    ['None + Pending Out', true, 'None + Pending Out+In'],
    ['None + Pending In', false, 'None + Pending In'],
    ['None + Pending Out+In', false, 'None + Pending Out+In'],
    ['To', true, 'To + Pending In'],
    ['To + Pending In', false, 'To + Pending In'],
    ['From', false, 'From'],
    ['From + Pending Out', false, 'From + Pending Out'],
    ['Both', false, 'Both'],
  ],
  // A.3.2
  unsubscribe: [
    ['None', false, 'None'],
    ['None + Pending Out', false, 'None + Pending Out'],
    ['None + Pending In', true, 'None'],
    ['None + Pending Out+In', true, 'None + Pending Out'],
    ['To', false, 'To'],
    ['To + Pending In', true, 'To'],
    ['From', true, 'None'],
    ['From + Pending Out', true, 'None + Pending Out'],
    ['Both', true, 'To'],
  ],
  // A.3.3
  subscribed: [
    ['None', false, 'None'],
    ['None + Pending Out', true, 'To'],
    ['None + Pending In', false, 'None + Pending In'],
    ['None + Pending Out+In', true, 'To + Pending In'],
    ['To', false, 'To'],
    ['To + Pending In', false, 'To + Pending In'],
    ['From', false, 'From'],
    ['From + Pending Out', true, 'Both'],
    ['Both', false, 'Both'],
  ],
  // A.3.4
  unsubscribed: [
    ['None', false, 'None'],
    ['None + Pending Out', true, 'None'],
    ['None + Pending In', false, 'None + Pending In'],
    ['None + Pending Out+In', true, 'None + Pending In'],
    ['To', true, 'None'],
    ['To + Pending In', true, 'None + Pending In'],
    ['From', false, 'From'],
    ['From + Pending Out', true, 'From'],
    ['Both', true, 'From'],
  ],
}

const types: readonly SubscriptionType[] = ['subscribe', 'unsubscribe', 'subscribed', 'unsubscribed']

describe('appendix A.2: stanzas on their way out', () => {
  for (const type of types) {
    for (const [before, route, after] of outbound[type]) {
      it(`${type} in "${before}" → "${after}", ${route ? 'routed' : 'not routed'}`, () => {
        assert.deepEqual(stepOutbound(states[before], type), { route, state: states[after] })
      })
    }
  }

  for (const before of ['None', 'None + Pending Out', 'To'] as const) {
    it(`subscribed in "${before}" is kept as a pre-approval and not routed`, () => {
      const state = { ...states[before], approved: true }
      assert.deepEqual(stepOutbound(states[before], 'subscribed'), { route: false, state })
    })
  }

  it('unsubscribed takes a pre-approval back', () => {
    assert.deepEqual(stepOutbound(make({ approved: true }), 'unsubscribed'), { route: false, state: states.None })
  })
})

describe('appendix A.3: stanzas on their way in', () => {
  const answered: readonly StateName[] = ['From', 'From + Pending Out', 'Both']
  for (const type of types) {
    for (const [before, deliver, after] of inbound[type]) {
      it(`${type} in "${before}" → "${after}", ${deliver ? 'delivered' : 'not delivered'}`, () => {
        const reply = type === 'subscribe' && answered.includes(before) ? 'subscribed' : null
        assert.deepEqual(stepInbound(states[before], type), { deliver, reply, state: states[after] })
      })
    }
  }

  for (const [before, after] of [
    ['None', 'From'],
    ['None + Pending Out', 'From + Pending Out'],
    ['To', 'Both'],
  ] as const) {
    it(`subscribe in "${before}" with a pre-approval → "${after}", answered and not delivered`, () => {
      const step = stepInbound({ ...states[before], approved: true }, 'subscribe')
      assert.deepEqual(step, { deliver: false, reply: 'subscribed', state: { ...states[after], approved: true } })
    })
  }
})

it('no step leaves the nine states', () => {
  const known = new Set(Object.values(states).map((state) => JSON.stringify(state)))
  for (const state of Object.values(states)) {
    for (const type of types) {
      for (const after of [stepOutbound(state, type).state, stepInbound(state, type).state]) {
        assert.ok(known.has(JSON.stringify({ ...after, approved: false })), `${type}: ${JSON.stringify(after)}`)
      }
    }
  }
})
