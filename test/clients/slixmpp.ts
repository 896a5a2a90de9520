/** slixmpp accounts for tests: the program beside this file, started and awaited. */

import { join } from 'node:path'
import { type Child, type ChildEvent, startChild } from './child.ts'
import type { Credential } from './pki.ts'
import type { SignetProcess, Site } from './signet-process.ts'

/** How an account logs in. */
export interface SlixmppOptions {
  readonly tls?: 'starttls' | 'direct'
  /** Authorization identity; slixmpp sends `=` without one. */
  readonly authzid?: string
  /** Try EXTERNAL even where the server does not offer it. */
  readonly insist?: boolean
  /** Log in with this password. */
  readonly password?: string
  /** The one mechanism to try; slixmpp's own choice if left out. */
  readonly mechanism?: string
}

/** Debian's, whatever other Python comes first in PATH. */
const python = '/usr/bin/python3'

/** Starts `user@localhost` with a certificate, or with none; does not wait for the login. */
export function startSlixmpp(
  site: Site,
  signet: SignetProcess,
  user: string,
  credential: Credential | null,
  options: SlixmppOptions = {},
): Child {
  const direct = options.tls === 'direct'
  return startChild({
    name: `slixmpp ${user}`,
    command: python,
    args: [
      join(import.meta.dirname, 'slixmpp-login.py'),
      ...['--jid', `${user}@localhost`, '--ca', site.pki.ca],
      ...['--port', String(direct ? signet.ports.direct : signet.ports.starttls)],
      ...(direct ? ['--direct-tls'] : []),
      ...(credential === null ? [] : ['--cert', credential.cert, '--key', credential.key]),
      ...(options.authzid === undefined ? [] : ['--authzid', options.authzid]),
      ...(options.insist === true ? ['--insist'] : []),
      ...(options.password === undefined ? [] : ['--password', options.password]),
      ...(options.mechanism === undefined ? [] : ['--mechanism', options.mechanism]),
    ],
  })
}

/** Waits until the account is logged in, has its roster and has sent presence; resolves with its full JID. */
export async function loggedIn(account: Child): Promise<string> {
  const session = await account.next('session', (event) => event['event'] === 'session')
  return String(session['jid'])
}

/** Matches available presence from a bare or full JID. */
export function availableFrom(jid: string): (event: ChildEvent) => boolean {
  return (event) =>
    event['event'] === 'presence' && event['type'] === 'available' && (event['sender'] === jid || event['bare'] === jid)
}

/** Matches a message by its body. */
export function messageOf(body: string): (event: ChildEvent) => boolean {
  return (event) => event['event'] === 'message' && event['body'] === body
}

/** Subscribes two logged-in accounts of localhost to each other's presence, and waits until each has seen the other. */
export async function befriend(one: Child, oneJid: string, other: Child, otherJid: string): Promise<void> {
  await subscribe(one, oneJid, other, otherJid)
  await subscribe(other, otherJid, one, oneJid)
}

async function subscribe(from: Child, fromJid: string, to: Child, toJid: string): Promise<void> {
  from.say(`subscribe ${toJid}`)
  await to.next(
    `subscription request of ${fromJid}`,
    (event) => event['event'] === 'subscription-request' && event['bare'] === fromJid,
  )
  to.say(`approve ${fromJid}`)
  await from.next(`presence of ${toJid}`, availableFrom(toJid))
}
