/** What the processes of the abuse benchmark say to each other. */

/** Times of one kind of thing, milliseconds. */
export interface Times {
  readonly count: number
  readonly failed: number
  readonly p50: number
  readonly p99: number
}

/** What honest users have seen. */
export interface HonestReport {
  readonly logins: Times
  readonly messages: Times
}

/** Users that chat. Further certificates are for logins. */
export const chatters = 200
export const clientCount = 300

/** How attacking connections ended: endings and faults, with how often each was seen. */
export type Endings = Readonly<Record<string, number>>
