/** What the people of a crash round share, and how they listen until the server is gone. */

import type { Element } from 'ltx'
import type { Random } from '../../test/support/pki/random.ts'
import type { XmppClient } from '../../test/support/xmpp-client.ts'
import type { World } from '../soak/guest.ts'

/** One round. */
export interface Arena extends World {
  readonly random: Random
  /** The server was killed, or is about to be: whatever fails from here on fails for that. */
  readonly isOver: () => boolean
  /** Something was acknowledged. */
  readonly advance: () => void
}

/** The next element, or null when the connection is gone. */
export async function hear(client: XmppClient): Promise<Element | null> {
  const arrival = await client.next()
  switch (arrival.kind) {
    case 'element':
      return arrival.element
    case 'end':
      return null
    case 'header':
    case 'footer':
      return hear(client)
  }
}

/** Runs somebody's part of a round; what goes wrong once the server is gone is forgiven. */
export async function untilOver(arena: Arena, part: () => Promise<void>): Promise<void> {
  try {
    await part()
  } catch (cause) {
    if (!arena.isOver()) throw cause
  }
}

/**
 * Sends unless the server was killed: writing to a connection that is gone would have Node drop what has come over it
 * and is not read yet.
 */
export function tell(arena: Arena, client: XmppClient, markup: string): void {
  if (!arena.isOver()) client.send(markup)
}
