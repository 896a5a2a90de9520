/** Options of the HTTP backend (`[auth.http]`); its connections are described in `[outgoing_pools.http.auth]`. */

import type { z } from 'zod'
import { choice, choices, file, flag, section, text } from '../config/declare.ts'
import type { Place } from '../config/place.ts'
import type { Evidence } from './contract.ts'

/** What the backend asks of its service, resolved. */
export interface HttpAuthOptions {
  /** What it judges; never empty, and without `scram` for the JSON form. */
  readonly evidence: readonly Evidence[]
  /** `user:password` for every request; null sends none. Never logged. */
  readonly basicAuth: string | null
  readonly api: HttpApi
}

/** The two languages that a service may speak. */
export type HttpApi =
  | { readonly kind: 'mongooseim' }
  /** One signed question in JSON. */
  | {
      readonly kind: 'json'
      readonly url: string
      /** Absolute name of the file with the secret that questions are signed with. */
      readonly secretFile: string
      /** Whether the whole certificate goes along with its facts. */
      readonly sendCertificate: boolean
    }

/** `[auth.http]`. */
export const httpSection = section('Backend `http`: asks an HTTP service, through `[outgoing_pools.http.auth]`.', {
  api: choice(['mongooseim', 'json'], {
    says: 'What the service speaks: the protocol of MongooseIM, or one signed question in JSON.',
    byDefault: 'mongooseim',
  }),
  evidence: choices(['certificate', 'password', 'scram'], {
    says: 'What the service judges: certificates, passwords (PLAIN), or SCRAM by the secrets that it hands out.',
    byDefault:
      '`["certificate", "password"]`, and `"scram"` with `auth.password.format = "scram"`; with `api = "json"` ' +
      '`["certificate"]`',
  }),
  basic_auth: text({
    says: 'Who we are to the service: sent with every request by HTTP Basic authentication.',
    allowed: '"user:password" without control characters',
    secret: true,
    // RFC 7617 §2: the name has no colon, and neither part a control character.
    test: (value) => /^[^:\p{Cc}]*:[^\p{Cc}]*$/u.test(value),
  }),
  url: text({
    says: 'With `api = "json"`: where questions are sent to.',
    allowed: 'an http:// or https:// URL without user name and fragment',
    test: (value) => urlOf(value) !== null,
  }),
  secret_file: file({
    says: 'With `api = "json"`: file with the secret that questions are signed with; at least 32 characters.',
  }),
  send_certificate: flag({
    says: 'With `api = "json"`: send the whole certificate along with its facts.',
    byDefault: false,
  }),
})

/** `[auth.http]` with its defaults; null where `methods` does not ask it, or, reported, when it cannot be used. */
export function resolveHttpAuth(
  values: z.output<typeof httpSection> | undefined,
  { isUsed, format }: { readonly isUsed: boolean; readonly format: 'scram' | 'plain' },
  place: Place,
): HttpAuthOptions | null {
  if (!isUsed) return null
  const basicAuth = values?.basic_auth ?? null
  if (values?.api !== 'json') {
    if (values !== undefined) checkOfJson(values, place)
    const byDefault: readonly Evidence[] = [
      'certificate',
      'password',
      ...(format === 'scram' ? ['scram' as const] : []),
    ]
    return { evidence: values?.evidence ?? byDefault, basicAuth, api: { kind: 'mongooseim' } }
  }
  const evidence = values.evidence ?? ['certificate']
  if (evidence.includes('scram')) {
    place.at('evidence').error('conflict', 'has "scram", which `api = "json"` has no answer for; take it out')
  }
  const { url, secret_file: secret } = values
  if (url === undefined) place.at('url').error('missing', 'is missing: `api = "json"` needs the URL of the service')
  if (secret === undefined) {
    place.at('secret_file').error('missing', 'is missing: `api = "json"` signs its questions; name the secret’s file')
  }
  if (url === undefined || secret === undefined) return null
  warnOfClearText(url, place.at('url'))
  const secretFile = place.at('secret_file').file(secret)
  return { evidence, basicAuth, api: { kind: 'json', url, secretFile, sendCertificate: values.send_certificate } }
}

/** The parts of a URL that a service can be asked by; null for any other text. */
export function urlOf(value: string): { readonly origin: string; readonly path: string } | null {
  if (!/^https?:\/\/[!-~]+$/.test(value) || !URL.canParse(value)) return null
  const { origin, pathname, search, username, password, hash } = new URL(value)
  return username === '' && password === '' && hash === '' ? { origin, path: pathname + search } : null
}

/** Warns of an origin that others on the way can read, and answer for. */
export function warnOfClearText(origin: string | null, place: Place): void {
  if (origin === null || !origin.startsWith('http:') || isLoopback(new URL(origin).hostname)) return
  const message =
    'is asked in clear text: whoever is on the way reads passwords and decides who logs in; use "https://"'
  place.warn('clear-text', message)
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)
}

function checkOfJson(values: z.output<typeof httpSection>, place: Place): void {
  for (const key of ['url', 'secret_file'] as const) {
    if (values[key] !== undefined) place.at(key).error('conflict', 'has a meaning with `api = "json"` only; remove it')
  }
  if (values.send_certificate) {
    place.at('send_certificate').error('conflict', 'has a meaning with `api = "json"` only; remove it')
  }
}
