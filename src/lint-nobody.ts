/** Start-up check that somebody can log in: options that are sound one by one may leave no mechanism together. */

import { evidenceBy, judgedThings } from './auth/mechanism-options.ts'
import { quoted } from './config/declare.ts'
import type { Place } from './config/place.ts'
import { takenMechanisms } from './in-force.ts'
import { type LoginCase, type LoginFault, seesNoCertificates } from './lint-case.ts'

/** Why nobody can log in to the host by the listener. */
export function nobodyFaults(on: LoginCase): readonly LoginFault[] {
  if (on.offered.length > 0) return []
  const finding = on.auth.methods.length === 0 ? noMethod(on) : (mechanismsFault(on) ?? policyFault(on))
  if (finding === null) return []
  const { place, says: conflict, remedy } = finding
  const says: LoginFault['says'] = (hosts) =>
    `${conflict}, so nobody can log in${hosts === null ? '' : ` to ${hosts}`}; ${remedy}`
  return [{ place, rule: 'conflict', severity: 'by-reach', shutsOut: true, says }]
}

/** What stands against each other. */
interface Finding {
  readonly place: Place
  /** Ends before its consequence. */
  readonly says: string
  /** What to do. */
  readonly remedy: string
}

function noMethod({ at, listedMethods }: LoginCase): Finding {
  return {
    place: at.listener.at('allowed_auth_methods'),
    says: `names no method of \`auth.methods\` (${quoted(listedMethods)})`,
    remedy: 'add one of them',
  }
}

/** No method takes what the mechanisms bring. */
function mechanismsFault(on: LoginCase): Finding | null {
  const { auth, listedMethods, pools, at } = on
  const { mechanisms, methods } = auth
  if (takenMechanisms(auth, pools.ldap).length > 0) return null
  const place = at.auth.at('sasl_mechanisms')
  if (mechanisms.length === 0) {
    return { place, says: 'names none that can work', remedy: 'add one whose hash `auth.password.hash` stores' }
  }
  const things = judgedThings(mechanisms)
  if (takenMechanisms({ ...auth, methods: listedMethods }, pools.ldap).length > 0) {
    return {
      place: at.listener.at('allowed_auth_methods'),
      says: `leaves ${quoted(methods)}, and \`auth.sasl_mechanisms\` (${quoted(mechanisms)}) needs a method that judges ${things}`,
      remedy: 'allow one that does',
    }
  }
  return {
    place,
    says: `names ${quoted(mechanisms)}, and no method of \`auth.methods\` (${quoted(methods)}) judges ${things}`,
    remedy: bindPoolRemedy(on) ?? 'add a mechanism for what they judge, or a method',
  }
}

/** Method `ldap` judges passwords where it has a pool to try them on. */
function bindPoolRemedy({ auth: { ldap, methods, mechanisms } }: LoginCase): string | null {
  if (ldap === undefined || !methods.includes('ldap') || !mechanisms.includes('plain')) return null
  return `"ldap" judges passwords where there is \`[outgoing_pools.ldap.${ldap.bindPoolTag}]\``
}

/** The policy does not admit what the methods would take; null where the listener's own contradiction has been reported. */
function policyFault(on: LoginCase): Finding | null {
  const { auth, certificates, pools, at, listener } = on
  const taken = takenMechanisms(auth, pools.ldap)
  const left = `\`auth.sasl_mechanisms\` and \`auth.methods\` (${quoted(auth.methods)}) leave only ${quoted(taken)}`
  if (certificates.policy === 'mandatory') {
    if (!taken.some((name) => evidenceBy(name) === 'certificate')) {
      const remedy = 'add a method that judges certificates, and "external", or take another policy'
      return { place: at.policy, says: `is "mandatory", and ${left}, which brings no certificate`, remedy }
    }
    if (listener.certificatePolicy === 'mandatory') return null
    const remedy = 'take another policy, or have that port ask for certificates'
    return { place: at.policy, says: `is "mandatory", and ${listener.name} asks for no certificate`, remedy }
  }
  const { place, says } = whyUnseen(on)
  return { place, says: `${says}, and ${left}`, remedy: 'change that, or add passwords' }
}

/** Why no certificate is looked at. */
function whyUnseen({ listener, certificates, at }: LoginCase): Omit<Finding, 'remedy'> {
  if (certificates.policy === 'disable') return { place: at.policy, says: 'is "disable"' }
  if (listener.certificatePolicy === 'disable') {
    return { place: at.listener.at('certificate_policy'), says: 'is "disable"' }
  }
  return seesNoCertificates(listener)
    ? { place: at.listener, says: 'has neither TLS of its own nor `forwarded_certificate`' }
    : { place: at.trust.at('verify_mode'), says: 'is "none"' }
}
