/** Start-up checks of who can log in, and how: of what is in force for each host on each listener. */

import type { AuthOptions } from './auth/options.ts'
import { loginListeners } from './in-force.ts'
import { byBackendFaults } from './lint-by-backend.ts'
import { casesOf, type LoginCase, type LoginFault, listOf, seesNoCertificates } from './lint-case.ts'
import { clientsWordFaults } from './lint-ldap.ts'
import { nobodyFaults } from './lint-nobody.ts'
import { lintOwnRules } from './lint-own-rules.ts'
import { pkiFaults } from './lint-pki.ts'
import type { OptionsReading, SignetOptions } from './options.ts'

/** Adds what is found to the reading. */
export function lintLogins(reading: OptionsReading, options: SignetOptions): void {
  const said = new Set<string>()
  for (const listener of loginListeners(options)) {
    for (const { place, rule, severity, message } of findingsOf(casesOf(reading, options, listener))) {
      // What several listeners have of one section is said once.
      const key = JSON.stringify([place.path, message])
      if (said.has(key)) continue
      said.add(key)
      if (severity === 'error') place.error(rule, message)
      else place.warn(rule, message)
    }
  }
  lintOwnRules(reading, options)
}

/** A fault with the hosts of a listener that have it. */
interface Found {
  readonly fault: LoginFault
  readonly hosts: string[]
}

/** What is wrong with a listener: the same fault of several hosts is one finding. */
function findingsOf(cases: readonly LoginCase[]) {
  const byWords = new Map<string, Found>()
  const shutOut = new Set<string>()
  for (const on of cases) {
    for (const fault of faultsOf(on)) {
      if (fault.shutsOut === true) shutOut.add(on.domain)
      const key = JSON.stringify([fault.place.path, fault.rule, fault.severity, fault.says(null)])
      const known = byWords.get(key)
      if (known === undefined) byWords.set(key, { fault, hosts: [on.domain] })
      else known.hosts.push(on.domain)
    }
  }
  return [...byWords.values()].map(({ fault: { place, rule, severity, shutsOut, says }, hosts }) => {
    const isEverywhere = hosts.length === cases.length
    const isFatal = isEverywhere || (shutsOut === true && shutOut.size === cases.length)
    const reach = isFatal ? 'error' : 'warning'
    return {
      ...{ place, rule, severity: severity === 'by-reach' ? reach : severity },
      message: says(isEverywhere ? null : listOf(hosts)),
    } as const
  })
}

function faultsOf(on: LoginCase): readonly LoginFault[] {
  return [
    ...nobodyFaults(on),
    ...byBackendFaults(on),
    ...unreachedRules(on),
    ...pkiFaults(on),
    ...clientsWordFaults(on),
    ...certificateFaults(on),
  ]
}

/** What the way in which certificates are asked for makes of other options. */
function certificateFaults({ auth, certificates, offered, at, listener }: LoginCase): readonly LoginFault[] {
  const { verifyMode } = certificates
  const place = at.trust.at('verify_mode')
  const isClear = seesNoCertificates(listener)
  // Where nobody at all can log in, that has been said.
  if (verifyMode === 'none' && !isClear && listener.certificatePolicy !== 'disable' && offered.length > 0) {
    const message = 'is "none": no certificate is asked for on this port, so nobody can log in with one'
    return [{ place, rule: 'conflict', severity: 'warning', says: () => message }]
  }
  const { subjects } = auth.trustedNames
  if (verifyMode !== 'selfsigned_peer' || subjects === null || subjects.allow === null) return []
  const message =
    'is "selfsigned_peer": anyone can write any subject into a certificate, so `trusted_subjects.allow` keeps nobody out'
  return [{ place, rule: 'conflict', severity: 'warning', says: () => message }]
}

/** Rules behind one that never passes. */
function unreachedRules({ auth: { saslExternal: rules }, at }: LoginCase): readonly LoginFault[] {
  const last = rules.findIndex((rule) => rule === 'auth_id' || rule === 'by_backend')
  const behind = last < 0 ? [] : rules.slice(last + 1).map(nameOf)
  if (behind.length === 0) return []
  const message = `"${rules[last]}" always has the last word, so that what comes behind it is never asked: ${behind.join(', ')}`
  return [{ place: at.rules.at('sasl_external'), rule: 'conflict', severity: 'warning', says: () => message }]
}

function nameOf(rule: AuthOptions['saslExternal'][number]): string {
  return typeof rule === 'string' ? rule : rule.name
}
