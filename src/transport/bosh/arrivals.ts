/** What a request says of the answers before it: which of them have certainly arrived. */

import type { Answers } from './answers.ts'
import type { BoshBody } from './body.ts'
import type { Agreement } from './creation.ts'
import { Pace } from './pace.ts'

/** Confirms the answers that have arrived, by the word of a client that acknowledges, else by what it does. */
export function confirmArrivals(body: BoshBody, agreed: Agreement, answers: Answers): void {
  const { rid, ack, isTerminate } = body
  const { requests, hold, clientAcks, isPolling } = agreed
  if (clientAcks) {
    // XEP-0124 §9.2: no word means that all have arrived. An answer that was never given cannot have.
    if (ack === null) answers.confirm(rid - 1, 'proven')
    else if (ack <= answers.highest) answers.confirm(ack, 'proven')
  } else {
    // Who has one request held asks for nothing before that one is answered; who has something to say may, but then no
    // answer that is still missing can be asked for again from here on.
    const isNext = Pace.isEmpty(body) && hold === 1 && !isPolling
    answers.confirm(rid - (isNext ? 1 : requests + 1), 'proven')
  }
  // Whoever leaves in order would have asked again for what it missed.
  if (isTerminate && (!clientAcks || ack === null)) answers.confirm(rid - 1, 'unless-broken')
}
