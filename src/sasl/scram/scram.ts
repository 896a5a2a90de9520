/** SASL SCRAM (RFC 5802, RFC 7677), the server's side, with and without channel binding. */

import { randomBytes } from 'node:crypto'
import type { ScramHash, ScramSecrets } from '../../auth/contract.ts'
import { madeUpSecrets } from '../../auth/passwords/made-up.ts'
import { digest, hashFacts, hmac, sameBytes } from '../../auth/passwords/scram-keys.ts'
import { bindingData, bindingTypes } from '../../certificate/channel-binding.ts'
import { type BareJid, formatBare } from '../../jid/jid.ts'
import type { ReasonCode } from '../../observe/reasons.ts'
import type { Account } from '../../session/contract.ts'
import { readAccount } from '../account-name.ts'
import type { Exchange, Mechanism, MechanismContext, MechanismStep, SecretsAnswer } from '../mechanism.ts'
import { type ClientFinal, type ClientFirst, readClientFinal, readClientFirst } from './messages.ts'

/** One SCRAM mechanism. */
export interface ScramParts {
  readonly hash: ScramHash
  /** The -PLUS form: only with channel binding. */
  readonly isPlus: boolean
  /** Whether some -PLUS form is on offer on a channel that can be bound. */
  readonly isPlusOffered: boolean
  /** What an account without secrets is shown. */
  readonly iterations: number
  /** The server's part of the nonce, in printable characters without a comma; random when left out. */
  readonly drawNonce?: () => string
}

/** One mechanism of the family. */
export function createScram(parts: ScramParts): Mechanism {
  return {
    name: `SCRAM-${hashFacts[parts.hash].wire}${parts.isPlus ? '-PLUS' : ''}`,
    evidence: 'scram',
    bindsChannel: parts.isPlus,
    refusal: (context) => refusalOf(parts, context),
    start: (context) => startScram(parts, context),
  }
}

/** Where there is nothing to bind to, as in a session over many connections, there is no -PLUS. */
function refusalOf({ isPlus }: ScramParts, { channel }: MechanismContext): ReasonCode | null {
  if (channel.tls === null) return 'tls-required'
  return isPlus && bindingTypes(channel).length === 0 ? 'mechanism-unknown' : null
}

/** Bytes of the server's part of the nonce. */
const nonceBytes = 18

const drawRandomNonce = () => randomBytes(nonceBytes).toString('base64')

/** What was settled by the first message. */
interface Opening {
  readonly first: ClientFirst
  readonly jid: BareJid
}

/** Everything that the proof is checked with. */
interface Challenge extends Opening {
  readonly serverFirst: string
  readonly nonce: string
  readonly secrets: ScramSecrets
  /** Who is let in; a reason where the secrets are made up. */
  readonly account: Account | { readonly code: ReasonCode; readonly why: string }
}

function startScram(parts: ScramParts, context: MechanismContext): Exchange {
  let challenge: Challenge | null = null
  let isAsked = false
  const pose = (opening: Opening, answer: SecretsAnswer): MechanismStep => {
    challenge = createChallenge(parts, opening, answer)
    return { kind: 'challenge', data: Buffer.from(challenge.serverFirst) }
  }
  return {
    step: (response) => {
      const refusal = refusalOf(parts, context)
      if (refusal !== null) return failure(refusal, '')
      if (challenge !== null) return stepFinal(parts, context, challenge, response)
      // RFC 4422 §5: a mechanism in which the client speaks first answers a missing response with an empty challenge.
      if (response === null && !isAsked) {
        isAsked = true
        return { kind: 'challenge', data: new Uint8Array() }
      }
      return stepFirst(parts, context, response ?? new Uint8Array(), pose)
    },
  }
}

function stepFirst(
  parts: ScramParts,
  context: MechanismContext,
  response: Uint8Array,
  pose: (opening: Opening, answer: SecretsAnswer) => MechanismStep,
): MechanismStep {
  const read = readClientFirst(response)
  if (!read.ok) return failure('response-malformed', read.error)
  const first = read.value
  const refused = refuseFlag(parts, context, first)
  if (refused !== null) return refused
  const account = readAccount(first.username, first.authzid, context.domain)
  if (!account.ok) return { kind: 'fail', ...account.error, identity: [] }
  const opening = { first, jid: account.value }
  return {
    kind: 'lookup',
    jid: opening.jid,
    hash: parts.hash,
    authzid: first.authzid,
    resume: (answer) => pose(opening, answer),
  }
}

/** RFC 5802 §6: what the client says of channel binding must fit the mechanism and what was offered. */
function refuseFlag(
  { isPlus, isPlusOffered }: ScramParts,
  { channel }: MechanismContext,
  { flag, authzid }: ClientFirst,
): MechanismStep | null {
  const types = bindingTypes(channel)
  switch (flag.kind) {
    case 'unsupported':
      return isPlus ? failure('response-malformed', 'a -PLUS mechanism needs channel binding', authzid) : null
    case 'not-offered':
      if (isPlus) return failure('response-malformed', 'a -PLUS mechanism needs channel binding', authzid)
      // Somebody between us has taken the -PLUS mechanisms off the list.
      if (isPlusOffered && types.length > 0) {
        return failure('channel-binding-mismatch', 'the client was not shown the -PLUS mechanisms', authzid)
      }
      return null
    case 'bound':
      if (!isPlus) return failure('response-malformed', 'channel binding needs a -PLUS mechanism', authzid)
      if (bindingData(channel, flag.type) !== null) return null
      return failure('channel-binding-unsupported', `this connection has no ${flag.type}`, authzid)
  }
}

function createChallenge(parts: ScramParts, opening: Opening, answer: SecretsAnswer): Challenge {
  const { hash, iterations, drawNonce = drawRandomNonce } = parts
  const { first, jid } = opening
  const secrets = answer.kind === 'found' ? answer.secrets : madeUpSecrets(jid, hash, iterations)
  const nonce = first.nonce + drawNonce()
  const salt = Buffer.from(secrets.salt).toString('base64')
  const serverFirst = `r=${nonce},s=${salt},i=${secrets.iterations}`
  return { ...opening, serverFirst, nonce, secrets, account: accountOf(answer, jid) }
}

function accountOf(answer: SecretsAnswer, jid: BareJid): Challenge['account'] {
  switch (answer.kind) {
    case 'found':
      return answer.account
    case 'unknown':
      return { code: 'account-unknown', why: formatBare(jid) }
    case 'deny':
      return { code: answer.code, why: answer.why }
  }
}

function stepFinal(
  { hash }: ScramParts,
  { channel }: MechanismContext,
  challenge: Challenge,
  response: Uint8Array | null,
): MechanismStep {
  const { first, account, secrets, jid } = challenge
  const { authzid } = first
  const read = readClientFinal(response ?? new Uint8Array())
  if (!read.ok) return failure('response-malformed', read.error, authzid)
  const final = read.value
  if (final.nonce !== challenge.nonce) return failure('response-malformed', 'its nonce is not ours', authzid)
  const binding = first.flag.kind === 'bound' ? bindingData(channel, first.flag.type) : new Uint8Array()
  // Checked before the proof, which covers it, so that the record names the cause.
  if (binding === null || !sameBytes(final.binding, Buffer.concat([Buffer.from(first.gs2Header), binding]))) {
    return failure('channel-binding-mismatch', `for ${formatBare(jid)}`, authzid)
  }
  const authMessage = `${first.bare},${challenge.serverFirst},${final.withoutProof}`
  const isProved = checksOut(hash, secrets, final, authMessage)
  if ('code' in account) return failure(account.code, account.why, authzid)
  if (!isProved) return failure('password-wrong', formatBare(jid), authzid)
  const verifier = hmac(hash, secrets.serverKey, authMessage).toString('base64')
  return { kind: 'proved', account, authzid, data: Buffer.from(`v=${verifier}`) }
}

/** RFC 5802 §3: the proof is the client's key, veiled with a signature; unveiled it must hash to the stored key. */
function checksOut(hash: ScramHash, { storedKey }: ScramSecrets, { proof }: ClientFinal, authMessage: string): boolean {
  const signature = hmac(hash, storedKey, authMessage)
  if (proof.length !== signature.length) return false
  const clientKey = signature.map((byte, index) => byte ^ (proof[index] ?? 0))
  return sameBytes(digest(hash, clientKey), storedKey)
}

function failure(code: ReasonCode, why: string, authzid: string | null = null): MechanismStep {
  return { kind: 'fail', code, why, authzid, identity: [] }
}
