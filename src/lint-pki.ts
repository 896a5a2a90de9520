/** Start-up checks of method `pki`: it lets in whoever a certificate names, whatever other methods know. */

import type { LoginCase, LoginFault } from './lint-case.ts'

/** What `pki` undoes: methods beside it, and comparisons that others are trusted to make. */
export function pkiFaults(on: LoginCase): readonly LoginFault[] {
  const { auth, offered } = on
  // Rule `by_backend` names nobody, and then `pki` lets in nobody.
  const namesSomebody = auth.saslExternal.some((rule) => rule !== 'by_backend')
  if (!auth.methods.includes('pki') || !offered.includes('external') || !namesSomebody) return []
  return [...overruled(on), ...selfSigned(on), ...clientsWord(on)]
}

/** A method that judges certificates as well, in the operator's words. */
interface Other {
  readonly method: 'http' | 'ldap'
  /** Who is asked. */
  readonly who: string
  /** How it is left to others to judge certificates. */
  readonly remedy: string
}

const others: readonly Other[] = [
  { method: 'http', who: 'service', remedy: 'turn them round, or take "certificate" out of `auth.http.evidence`' },
  { method: 'ldap', who: 'directory', remedy: 'turn them round, or take "pki" out' },
]

function overruled({ auth: { methods, http }, at }: LoginCase): readonly LoginFault[] {
  const place = at.auth.at('methods')
  const judges = ({ method }: Other): boolean =>
    methods.includes(method) && (method === 'ldap' || http?.evidence.includes('certificate') === true)
  return others.filter(judges).map(({ method, who, remedy }) => {
    const message =
      methods.indexOf('pki') < methods.indexOf(method)
        ? `has "pki" before "${method}": it lets in every certificate, so the ${who} is never asked about one; ${remedy}`
        : `has "pki" behind "${method}": a certificate for an account that the ${who} does not know is let in all the same; take "pki" out unless that is meant`
    return { place, rule: 'conflict', severity: 'warning', says: () => message }
  })
}

function selfSigned({ certificates, at }: LoginCase): readonly LoginFault[] {
  if (certificates.verifyMode !== 'selfsigned_peer') return []
  // RFC 6125 has no answer to a certificate that anybody can make; `pki` compares it with nothing.
  const says: LoginFault['says'] = (hosts) =>
    `is "selfsigned_peer" and \`auth.methods\`${of(hosts)} has "pki": anyone can make a certificate with any name and log ` +
    'in as anyone; for development only'
  return [{ place: at.trust.at('verify_mode'), rule: 'anyone-as-anyone', severity: 'warning', says }]
}

function clientsWord({ auth: { saslExternal: rules }, at }: LoginCase): readonly LoginFault[] {
  // What a backend of the host program compares is that program's business.
  if (rules.find((rule) => rule === 'auth_id' || rule === 'by_backend') !== 'auth_id') return []
  const says: LoginFault['says'] = (hosts) =>
    `rule "auth_id" trusts the client's word, and method "pki" of \`auth.methods\`${of(hosts)} does not compare the ` +
    'certificate: any certificate your CA issued can log in as anyone'
  return [{ place: at.rules.at('sasl_external'), rule: 'anyone-as-anyone', severity: 'warning', says }]
}

function of(hosts: string | null): string {
  return hosts === null ? '' : ` of ${hosts}`
}
