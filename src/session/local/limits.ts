/** Every limit of the local session host, by name. None can be switched off. */

/** Bounds on what one account or one session may hold. */
export interface LocalLimits {
  /** Time from the login to a bound resource, milliseconds. */
  readonly bindMs: number
  /** Bind requests that may fail on one stream. */
  readonly maxBindAttempts: number
  /** Resources that one account may have bound at the same time. */
  readonly maxResources: number
  /** Roster items of one account. */
  readonly maxRosterItems: number
  /** Size of one account's roster as markup. */
  readonly maxRosterBytes: number
  /** Groups of one roster item. */
  readonly maxRosterGroups: number
  /** Length of a roster item's name or of a group's name, UTF-8 (RFC 6121 §2.3.3 leaves it to the server). */
  readonly maxRosterTextBytes: number
  /** Subscription requests that wait for one account's answer. */
  readonly maxPendingRequests: number
  /** A request larger than this is kept without what it carries. */
  readonly maxPendingRequestBytes: number
  /** Messages kept for one account that is away. */
  readonly maxOfflineMessages: number
  /** Size of the messages kept for one account that is away. */
  readonly maxOfflineBytes: number
  /** Writes to the store that one session may cause at once: a whole roster, imported item by item. */
  readonly maxWriteBurst: number
  /** And those it may cause each second when it goes on and on. */
  readonly maxWritesPerSecond: number
  /** Elements in one account's private XML storage. */
  readonly maxPrivateItems: number
  /** Size of one account's private XML storage. */
  readonly maxPrivateBytes: number
  /** Addresses to which one session's directed presence is remembered. */
  readonly maxDirected: number
  /** A presence notification, which one stanza in may multiply by the size of a roster. */
  readonly maxPresenceBytes: number
  /** Unsent markup of one session: half of it may be from others, who are refused then; past all of it the session is closed. */
  readonly maxOutboundBytes: number
  /** Unsent stanzas of one session, by the same halves. */
  readonly maxOutboundStanzas: number
  /** Unsent markup of one session past which nothing more is read from its client. */
  readonly pauseOutboundBytes: number
  /** How long one write may wait for a peer that takes nothing, milliseconds. */
  readonly writeStallMs: number
  /** How long a session that ends may take to hand over what is queued for it, milliseconds. */
  readonly drainMs: number
}

/** The limits that hold unless the composition root says otherwise. */
export const defaultLocalLimits: LocalLimits = Object.freeze({
  bindMs: 30_000,
  maxBindAttempts: 5,
  maxResources: 10,
  maxRosterItems: 1000,
  maxRosterBytes: 512 * 1024,
  maxRosterGroups: 20,
  maxRosterTextBytes: 1023,
  maxPendingRequests: 100,
  maxPendingRequestBytes: 2048,
  maxOfflineMessages: 200,
  maxOfflineBytes: 512 * 1024,
  maxWriteBurst: 1000,
  maxWritesPerSecond: 50,
  maxPrivateItems: 100,
  maxPrivateBytes: 256 * 1024,
  maxDirected: 200,
  maxPresenceBytes: 8 * 1024,
  maxOutboundBytes: 4 * 1024 * 1024,
  maxOutboundStanzas: 4096,
  pauseOutboundBytes: 64 * 1024,
  writeStallMs: 60_000,
  drainMs: 2_000,
})
