/**
 * The catalogue of reasons: every way a login can be refused, with its stable code, its one wire
 * condition and the sentence an operator reads. Log, metrics, `explain` and the documentation print
 * from this table and from nowhere else.
 */

import { certificateReasons } from './certificate-reasons.ts'
import { forwardReasons } from './forward-reasons.ts'
import type { Reason, WireCondition } from './reason.ts'

export type { Reason, SaslCondition, WireCondition } from './reason.ts'

/** Every reason by its code. Codes are stable: they are never renamed and never change their condition. */
export const reasons = {
  'tls-required': {
    condition: 'encryption-required',
    meaning: 'the client tried to log in before TLS was on',
    hint: 'have the client use STARTTLS, or the direct TLS port',
  },
  ...certificateReasons,
  ...forwardReasons,
  'stream-from-mismatch': {
    condition: 'invalid-from',
    meaning: "the stream header's from names a user other than the one who logs in",
    hint: 'the account configured in the client is not the JID of the certificate',
  },
  // backends
  'account-unknown': {
    condition: 'not-authorized',
    meaning: 'no backend knows the account',
    hint: 'create the account, or check auth.methods',
  },
  'password-wrong': {
    condition: 'not-authorized',
    meaning: 'the password is wrong, or what proved it is',
    hint: 'the record names the account; an empty or unusable stored password never matches',
  },
  'password-malformed': {
    condition: 'not-authorized',
    meaning: 'the user name or password cannot be one',
    hint: 'RFC 7622 for the name; a password is not empty and has no control characters (RFC 8265 §4)',
  },
  'scram-secrets-missing': {
    condition: 'not-authorized',
    meaning: 'nothing is stored for this account from which this SCRAM mechanism could work',
    hint: 'have the password set anew, or see auth.password.hash',
  },
  'certificate-not-listed': {
    condition: 'not-authorized',
    meaning: 'the account exists, and the certificate is not one of those registered for it',
    hint: 'register this certificate with the service or directory that lists them; the record has its SHA-256',
  },
  'account-disabled': {
    condition: 'account-disabled',
    meaning: 'the account is disabled',
    hint: 'enable it in the directory; see auth.ldap.enabled_filter',
  },
  'directory-ambiguous': {
    condition: 'not-authorized',
    meaning: 'the directory has more than one entry for this login',
    hint: 'make auth.ldap.uids, filter or certificate_filter tell them apart; the record names two of them',
  },
  'directory-jid-mismatch': {
    condition: 'not-authorized',
    meaning: 'the entry found in the directory is not of the account that logs in',
    hint: 'see auth.ldap.jid_attribute; the record names the entry',
  },
  'directory-certificate-mismatch': {
    condition: 'not-authorized',
    meaning: 'the directory does not hold the presented certificate for this account',
    hint: 'publish the certificate in the directory; see auth.ldap.certificate_match',
  },
  'directory-filtered': {
    condition: 'not-authorized',
    meaning: 'a filter rules the entry of the directory out',
    hint: 'see auth.ldap.local_filter and dn_filter; the record says which of them it was',
  },
  'backend-denied': {
    condition: 'not-authorized',
    meaning: 'a backend refused the account',
    hint: 'the record names the backend',
  },
  'backend-unavailable': {
    condition: 'temporary-auth-failure',
    meaning: 'a backend did not answer in time',
    hint: 'check the backend; the client may try again',
  },
  'session-unavailable': {
    condition: 'temporary-auth-failure',
    meaning: 'the session host could not open a session',
    hint: 'check the session host; the client may try again',
  },
  'login-too-late': {
    condition: 'temporary-auth-failure',
    meaning: 'the login was judged when its time was over and the stream had ended',
    hint: 'see login_timeout, and what the attempt waited for: backends and their time are in the record, waits in [throttle]',
  },
  'internal-fault': {
    condition: 'temporary-auth-failure',
    meaning: 'a fault inside Signet; the login was refused',
    hint: 'see the log line with the same decision id',
  },
  // throttling
  'throttled-address': {
    condition: 'temporary-auth-failure',
    meaning: 'too many logins failed from this address, and it is locked for a while',
    hint: 'wait; see [throttle], and the failed logins before this one in the log',
  },
  'throttled-certificate': {
    condition: 'temporary-auth-failure',
    meaning: 'too many logins with this certificate failed, and it is locked for a while',
    hint: 'wait; see [throttle], and the failed logins before this one in the log',
  },
  'throttled-account': {
    condition: 'temporary-auth-failure',
    meaning: 'too many passwords for this account were wrong, and password logins to it are locked for a while',
    hint: 'wait, or log in by certificate; see [throttle], and the failed logins before this one in the log',
  },
  // sessions over many connections
  'bosh-session-in-clear': {
    condition: 'not-authorized',
    meaning: 'the session began under TLS, and this request of it came in clear',
    hint: 'the session goes on without it; see whether something in front of Signet serves plain HTTP as well',
  },
  'bosh-certificate-changed': {
    condition: 'not-authorized',
    meaning: 'the session began with another certificate, or without one',
    hint: 'the session goes on without this request: the browser changed its certificate, or somebody else knows the session',
  },
  // the exchange itself (RFC 6120 §6.5)
  'mechanism-unknown': {
    condition: 'invalid-mechanism',
    meaning: 'the client asked for a mechanism that is not offered',
    hint: 'see auth.sasl_mechanisms and auth.methods',
  },
  'encoding-incorrect': {
    condition: 'incorrect-encoding',
    meaning: 'the response is not valid base64',
    hint: 'a client defect: RFC 4648 §4 with padding is required',
  },
  'response-too-long': {
    condition: 'malformed-request',
    meaning: 'the response is longer than one of its mechanism can be',
    hint: 'a client defect',
  },
  'response-malformed': {
    condition: 'malformed-request',
    meaning: 'the response is not what the mechanism asks for',
    hint: 'a client defect; the record says what is wrong with it',
  },
  'channel-binding-mismatch': {
    condition: 'not-authorized',
    meaning: 'client and server do not see the same TLS connection',
    hint: 'something between them ends TLS: a proxy, or an attack',
  },
  'channel-binding-unsupported': {
    condition: 'not-authorized',
    meaning: 'the client binds the login to the TLS connection in a way that was not offered',
    hint: 'a client defect: it should choose one of the types in the stream features (XEP-0440)',
  },
  'exchange-missing': {
    condition: 'malformed-request',
    meaning: 'the client sent a response and no exchange was under way',
    hint: 'a client defect',
  },
  'exchange-aborted': { condition: 'aborted', meaning: 'the client gave up the exchange', hint: 'none needed' },
} as const satisfies Record<string, Reason>

/** A stable reason code. */
export type ReasonCode = keyof typeof reasons

/** What a wrong user name or password is told, whichever of them it was and whoever found it out. */
const credentialsText = 'the user name or the password is wrong'

/** Reasons by which a client could tell accounts that exist from accounts that do not. */
const tellingReasons: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'account-unknown',
  'backend-denied',
  'directory-ambiguous',
  'directory-filtered',
  'directory-jid-mismatch',
  'password-malformed',
  'password-wrong',
  'scram-secrets-missing',
])

/** The sentence that a refused client gets. With a password, nobody learns which accounts exist. */
export function clientText(code: ReasonCode, mechanism: string): string {
  return mechanism !== 'EXTERNAL' && tellingReasons.has(code) ? credentialsText : reasons[code].meaning
}

/** The wire condition of a reason. */
export function conditionOf(code: ReasonCode): WireCondition {
  return reasons[code].condition
}
