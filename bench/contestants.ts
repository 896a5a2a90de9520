/** Everybody who takes part, in the order of the table. */

import { ejabberd } from './servers/ejabberd.ts'
import { prosody, prosodyWebSocket } from './servers/prosody.ts'
import { cLogin, cLoginOnNode, nodeTls, nodeTlsNoTickets } from './servers/references.ts'
import type { Contestant } from './servers/server.ts'
import { createSignet } from './servers/signet.ts'

/** All of them. */
export const contestants: readonly Contestant[] = [
  createSignet(),
  nodeTls,
  nodeTlsNoTickets,
  cLoginOnNode,
  cLogin,
  ejabberd,
  prosody,
]

/** Those who show what each door costs, Signet's first door first. */
export const doors: readonly Contestant[] = [
  createSignet(),
  createSignet([], 'direct'),
  createSignet([], 'websocket'),
  createSignet([], 'bosh'),
  ejabberd,
  prosody,
  prosodyWebSocket,
]
