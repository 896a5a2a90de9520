/** What must be refused before anything is measured: a server that lets everybody in would be fast. */

import { generateLoad, type LoadPlan, type LoadReport, type LoadTarget } from './generator.ts'
import { domain } from './pki.ts'
import type { Contestant } from './servers/server.ts'

const attempts = 5

const refusals: readonly { readonly what: string; readonly plan: LoadPlan; readonly isXmpp: boolean }[] = [
  { what: 'no certificate', plan: { logins: attempts, show: 'none' }, isXmpp: false },
  { what: 'a certificate of another CA', plan: { logins: attempts, show: 'stranger' }, isXmpp: false },
  { what: "somebody else's JID", plan: { logins: attempts, authzid: `nobody@${domain}` }, isXmpp: true },
]

/** Where a refusal may stand: a server that let the client bind a resource has not refused it. */
const refusalStages = ['tls', 'greeting', 'offer', 'auth']

/** Throws unless each kind of stranger is refused every time, and in time. */
export async function checkRefusals(contestant: Contestant, target: LoadTarget): Promise<void> {
  const handshakeOnly = contestant.work === 'handshake'
  for (const { what, plan, isXmpp } of refusals) {
    if (isXmpp && handshakeOnly) continue
    const report = await generateLoad(target, { ...plan, handshakeOnly })
    if (!areRefusals(report)) {
      throw new Error(`${contestant.title} does not refuse ${what}: ${JSON.stringify(report)}`)
    }
  }
}

function areRefusals({ succeeded, failures }: LoadReport): boolean {
  const counted = Object.entries(failures).filter(([kind]) => refusalStages.includes(kind.split(':')[0] ?? ''))
  return succeeded === 0 && counted.reduce((sum, [, count]) => sum + count, 0) === attempts
}
