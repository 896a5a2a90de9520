/** Whatever accounts do to each other, the two sides of a subscription agree. */

import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { strangerOf } from '../../src/session/local/contacts.ts'
import { defaultLocalLimits } from '../../src/session/local/limits.ts'
import { openStore, type Store } from '../../src/session/local/store/store.ts'
import {
  enrollAccount,
  formatSubscription,
  removeContact,
  sendSubscription,
} from '../../src/session/local/subscribing.ts'

const people = ['a@localhost', 'b@localhost', 'c@localhost']
const limits = defaultLocalLimits

const person = fc.constantFrom(...people)
const action = fc.record({
  by: person,
  to: person,
  type: fc.constantFrom('subscribe', 'subscribed', 'unsubscribe', 'unsubscribed', 'remove', 'login'),
})

function perform(store: Store, { by, to, type }: { by: string; to: string; type: string }): void {
  const tools = { store, limits }
  // Only who has logged in can act; some are acted upon before.
  enrollAccount(tools, by)
  if (by === to) return
  switch (type) {
    case 'login':
      enrollAccount(tools, to)
      return
    case 'remove': {
      const contact = store.roster.find(by, to)
      if (contact?.listed === true) store.transaction(() => removeContact(store, limits, by, contact))
      return
    }
    case 'subscribe':
    case 'subscribed':
    case 'unsubscribe':
    case 'unsubscribed': {
      const markup = formatSubscription(type, by, to)
      store.transaction(() => sendSubscription(tools, by, to, type, markup))
    }
  }
}

it('what one side sees is what the other shows, and what one asked is what the other was asked', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
      const opened = openStore(':memory:', limits)
      assert.ok(opened.ok)
      const store = opened.value
      for (const step of actions) perform(store, step)
      for (const one of people) enrollAccount({ store, limits }, one)
      for (const one of people) {
        for (const other of people) {
          const mine = (store.roster.find(one, other) ?? strangerOf(other)).state
          const theirs = (store.roster.find(other, one) ?? strangerOf(one)).state
          assert.deepEqual([mine.to, mine.ask], [theirs.from, theirs.pendingIn], `${one} and ${other}`)
          assert.ok(!(mine.to && mine.ask) && !(mine.from && mine.pendingIn))
        }
      }
      store.close()
    }),
    { numRuns: 500 },
  )
})
