/** SASL PLAIN (RFC 4616), under TLS only. */

import { maxPasswordBytes } from '../auth/passwords/prepare.ts'
import { readAccount } from './account-name.ts'
import type { Mechanism, MechanismContext, MechanismStep } from './mechanism.ts'

/** Longest message: authorization identity, user name and password with what separates them. */
export const maxPlainBytes = 2 * 1023 + 1 + 1023 + maxPasswordBytes + 2

/** PLAIN. The password goes to the backends as it was sent; what forms of it count is theirs to know. */
export const plain: Mechanism = {
  name: 'PLAIN',
  evidence: 'password',
  refusal: ({ channel }) => (channel.tls === null ? 'tls-required' : null),
  start: (context) => {
    let isAsked = false
    return {
      step: (response) => {
        if (context.channel.tls === null) return failure('tls-required', '')
        // RFC 4422 §5: a mechanism in which the client speaks first answers a missing response with an empty challenge.
        if (response === null && !isAsked) {
          isAsked = true
          return { kind: 'challenge', data: new Uint8Array() }
        }
        return stepPlain(context, response ?? new Uint8Array())
      },
    }
  },
}

function stepPlain({ domain }: MechanismContext, response: Uint8Array): MechanismStep {
  if (response.length > maxPlainBytes) return failure('response-too-long', `${response.length} bytes`)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(response)
  } catch {
    return failure('response-malformed', 'it is not UTF-8')
  }
  const [authzid, username, password, ...more] = text.split('\0')
  if (authzid === undefined || username === undefined || password === undefined || more.length > 0) {
    return failure('response-malformed', 'it is not three fields with NUL between them')
  }
  if (username === '' || password === '') return failure('response-malformed', 'user name or password is empty')
  const account = readAccount(username, authzid === '' ? null : authzid, domain)
  if (!account.ok) return { kind: 'fail', ...account.error, identity: [] }
  const claim = { kind: 'password', jid: account.value, password } as const
  return { kind: 'claim', claim, authzid: authzid === '' ? null : authzid, identity: [] }
}

function failure(code: 'tls-required' | 'response-malformed' | 'response-too-long', why: string): MechanismStep {
  return { kind: 'fail', code, why, authzid: null, identity: [] }
}
