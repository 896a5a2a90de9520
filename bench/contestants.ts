/** Everybody who takes part, in the order of the table. */

import { ejabberd } from './servers/ejabberd.ts'
import { prosody } from './servers/prosody.ts'
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
