/** The subscription state machine of RFC 6121 appendix A, with pre-approval (§3.4). Pure: state and stanza type in, step out. */

import { unreachable } from '../../result.ts'

/** Types of presence that manage subscriptions (RFC 6121 §3). */
export type SubscriptionType = 'subscribe' | 'subscribed' | 'unsubscribe' | 'unsubscribed'

/**
 * Where an account stands with one contact. The nine states of appendix A.1 are the combinations of the first
 * four fields; `to` with `ask` and `from` with `pendingIn` do not occur.
 */
export interface SubscriptionState {
  /** The account sees the contact's presence. */
  readonly to: boolean
  /** The contact sees the account's presence. */
  readonly from: boolean
  /** The account asked the contact and has no answer yet ("Pending Out"). */
  readonly ask: boolean
  /** The contact asked the account and has no answer yet ("Pending In"). */
  readonly pendingIn: boolean
  /** The account said yes to a request that has not come yet. */
  readonly approved: boolean
}

/** What becomes of a stanza that the account sent. */
export interface OutboundStep {
  readonly state: SubscriptionState
  /** Whether the contact's side gets the stanza. */
  readonly route: boolean
}

/** What becomes of a stanza that the contact sent. */
export interface InboundStep {
  readonly state: SubscriptionState
  /** Whether the account's clients get the stanza. */
  readonly deliver: boolean
  /** What the server answers in the account's name. */
  readonly reply: 'subscribed' | null
}

/** The state between strangers. */
export const noSubscription: SubscriptionState = Object.freeze({
  to: false,
  from: false,
  ask: false,
  pendingIn: false,
  approved: false,
})

/** Whether a presence type manages subscriptions. */
export function isSubscriptionType(type: string | undefined): type is SubscriptionType {
  return type === 'subscribe' || type === 'subscribed' || type === 'unsubscribe' || type === 'unsubscribed'
}

/** The account's own stanza on its way out (RFC 6121 appendix A.2). */
export function stepOutbound(state: SubscriptionState, type: SubscriptionType): OutboundStep {
  switch (type) {
    case 'subscribe':
      return { state: { ...state, ask: !state.to }, route: true }
    case 'unsubscribe':
      return { state: { ...state, to: false, ask: false }, route: true }
    case 'subscribed':
      if (state.pendingIn) return { state: { ...state, from: true, pendingIn: false }, route: true }
      // RFC 6121 §3.4.2: a yes before the question is kept as a pre-approval and not sent.
      return { state: state.from ? state : { ...state, approved: true }, route: false }
    case 'unsubscribed':
      return {
        state: { ...state, from: false, pendingIn: false, approved: false },
        route: state.from || state.pendingIn,
      }
    default:
      return unreachable(type)
  }
}

/** The contact's stanza on its way in (RFC 6121 appendix A.3). */
export function stepInbound(state: SubscriptionState, type: SubscriptionType): InboundStep {
  const ignored: InboundStep = { state, deliver: false, reply: null }
  switch (type) {
    case 'subscribe':
      if (state.from) return { ...ignored, reply: 'subscribed' }
      if (state.approved)
        return { state: { ...state, from: true, pendingIn: false }, deliver: false, reply: 'subscribed' }
      if (state.pendingIn) return ignored
      return { state: { ...state, pendingIn: true }, deliver: true, reply: null }
    case 'unsubscribe':
      if (!state.from && !state.pendingIn) return ignored
      return { state: { ...state, from: false, pendingIn: false }, deliver: true, reply: null }
    case 'subscribed':
      if (!state.ask) return ignored
      return { state: { ...state, to: true, ask: false }, deliver: true, reply: null }
    case 'unsubscribed':
      if (!state.to && !state.ask) return ignored
      return { state: { ...state, to: false, ask: false }, deliver: true, reply: null }
    default:
      return unreachable(type)
  }
}

/** The `subscription` attribute of a roster item (RFC 6121 §2.1.2.5). */
export function subscriptionName(state: SubscriptionState): 'none' | 'to' | 'from' | 'both' {
  if (state.to) return state.from ? 'both' : 'to'
  return state.from ? 'from' : 'none'
}
