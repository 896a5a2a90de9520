/** `http`: a service of the operator judges logins (MongooseIM's `[auth.http]`, and a JSON form of our own). */

import type { BareJid } from '../../../jid/jid.ts'
import type { Call } from '../../../observe/call.ts'
import { allow } from '../../allow.ts'
import type {
  AuthBackend,
  CertificateClaim,
  Claim,
  Evidence,
  PasswordClaim,
  ScramAnswer,
  Verdict,
} from '../../contract.ts'
import type { PasswordChecker } from '../../passwords/checking.ts'
import { readAnswer } from './answer.ts'
import {
  type Asking,
  type HttpAnswer,
  type HttpMethod,
  questionOf,
  type ReadCertificates,
  readBoolean,
  readCertificateList,
  readPasswordCheck,
  readStoredPassword,
} from './mongooseim.ts'
import type { HttpPool, HttpReply } from './pool.ts'
import { createQuestionWriter, createSigner, nameFault, type QuestionContext, signatureHeader } from './question.ts'

/** What both forms are made of. */
interface CommonParts {
  /** Not owned: who opened it disposes of it. */
  readonly pool: HttpPool
  readonly evidence: readonly Evidence[]
  /** `user:password`; null sends none. */
  readonly basicAuth: string | null
}

/** A backend that speaks MongooseIM's protocol. */
export interface MongooseimParts extends CommonParts {
  readonly pathPrefix: string
  /** `auth.password.format`: what passwords are asked for by. */
  readonly format: 'scram' | 'plain'
  readonly passwords: PasswordChecker
  readonly readCertificates: ReadCertificates
}

/** A backend that asks in JSON. */
export interface JsonParts extends CommonParts, QuestionContext {
  /** Path and query of the URL. */
  readonly path: string
  readonly secret: string
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** The JSON form: one question, one answer. */
export function createJsonBackend(parts: JsonParts): AuthBackend {
  const { pool, evidence, path, now } = parts
  const sign = createSigner(parts.secret)
  const write = createQuestionWriter(parts)
  const fixed = { ...authorization(parts.basicAuth), accept: 'application/json', 'content-type': 'application/json' }
  return backendOf(evidence, async (claim, call) => {
    const fault = claim.kind === 'certificate' ? nameFault(claim.certificate) : null
    if (fault !== null) return { kind: 'deny', code: 'rule-value-malformed', why: fault }
    const body = write(claim)
    const headers = { ...fixed, [signatureHeader]: sign(body, now()) }
    const reply = await pool.ask({ method: 'POST', path, headers, body }, call)
    if (!reply.ok) return unavailable(reply.error.message)
    const answer = readAnswer(reply.value, claim.jid.domain)
    if (!answer.ok) return unavailable(answer.error)
    switch (answer.value.kind) {
      case 'allow':
        return allow(answer.value.jid === null ? claim : { ...claim, jid: answer.value.jid })
      case 'deny':
        return { kind: 'deny', code: 'backend-denied', why: answer.value.why }
      case 'unknown':
        return answer.value
    }
  })
}

/** MongooseIM's protocol. */
export function createMongooseimBackend(parts: MongooseimParts): AuthBackend {
  const { format, passwords } = parts
  const ask = createAsking(parts)
  const judgePassword = format === 'plain' ? byCheckPassword(ask) : byStoredPassword(ask, passwords)
  const backend = backendOf(parts.evidence, (claim, call) =>
    claim.kind === 'certificate'
      ? judgeCertificate(claim, ask, parts.readCertificates, call)
      : judgePassword(claim, call),
  )
  return {
    ...backend,
    scramSecrets: async (jid, hash, call): Promise<ScramAnswer> => {
      const stored = await ask('get_password', jid, '', (reply) => readStoredPassword(reply, format), call)
      if (stored.kind === 'unavailable') return verdictOf(stored)
      // Worked out in vain as well: an account that is not there must take as long as one that is.
      const secrets = await passwords.secretsOf(stored.kind === 'value' ? stored.value : null, jid, hash)
      if (stored.kind !== 'value') return verdictOf(stored)
      if (secrets === null) {
        return { kind: 'deny', code: 'scram-secrets-missing', why: `the service has no ${hash} secrets of the account` }
      }
      return { kind: 'found', secrets, account: { jid, certificateSha256: null, certificateNotAfter: null } }
    },
  }
}

function backendOf(evidence: readonly Evidence[], judge: (claim: Claim, call: Call) => Promise<Verdict>): AuthBackend {
  return {
    name: 'http',
    takes: evidence,
    judge: async (claim, call) => {
      if (!evidence.includes(claim.kind)) return { kind: 'unknown' }
      try {
        return await judge(claim, call)
      } catch (error) {
        return unavailable(error instanceof Error ? error.message : String(error))
      }
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** One request and its meaning. */
type Ask = <T>(
  method: HttpMethod,
  jid: BareJid,
  password: string,
  read: (reply: HttpReply) => HttpAnswer<T>,
  call: Call,
) => Promise<HttpAnswer<T>>

function createAsking({ pool, pathPrefix, basicAuth }: MongooseimParts): Ask {
  const asking: Asking = { pathPrefix, headers: authorization(basicAuth) }
  return async (method, jid, password, read, call) => {
    const reply = await pool.ask(questionOf(method, jid, password, asking), call)
    const answer = reply.ok ? read(reply.value) : ({ kind: 'unavailable', why: reply.error.message } as const)
    return answer.kind === 'unavailable' || answer.kind === 'deny'
      ? { ...answer, why: `${method}: ${answer.why}` }
      : answer
  }
}

async function judgeCertificate(
  claim: CertificateClaim,
  ask: Ask,
  read: ReadCertificates,
  call: Call,
): Promise<Verdict> {
  // The protocol asks about an account, and nobody has named one.
  if (claim.open !== undefined) return { kind: 'unknown' }
  const { der } = claim.certificate
  const answer = await ask('get_certs', claim.jid, '', (reply) => readCertificateList(reply, der, read), call)
  return answer.kind === 'value' ? allow(claim) : verdictOf(answer)
}

/** The service compares. Its `false` does not say whether it knows the account, so it is asked. */
function byCheckPassword(ask: Ask): (claim: PasswordClaim, call: Call) => Promise<Verdict> {
  return async (claim, call) => {
    const answer = await ask('check_password', claim.jid, claim.password, readPasswordCheck, call)
    if (answer.kind !== 'value') return verdictOf(answer)
    if (answer.value) return allow(claim)
    const exists = await ask('user_exists', claim.jid, '', readBoolean, call)
    if (exists.kind !== 'value') return verdictOf(exists)
    return exists.value ? wrongPassword : { kind: 'unknown' }
  }
}

/** We compare with what the service has stored. */
function byStoredPassword(
  ask: Ask,
  passwords: PasswordChecker,
): (claim: PasswordClaim, call: Call) => Promise<Verdict> {
  return async (claim, call) => {
    const answer = await ask('get_password', claim.jid, '', (reply) => readStoredPassword(reply, 'scram'), call)
    if (answer.kind === 'unavailable') return verdictOf(answer)
    // Nobody's password takes as long to check as anybody's.
    const isRight = await passwords.matches(answer.kind === 'value' ? answer.value : null, claim.password)
    if (answer.kind !== 'value') return verdictOf(answer)
    return isRight ? allow(claim) : wrongPassword
  }
}

const wrongPassword = { kind: 'deny', code: 'password-wrong', why: 'the service has another password' } as const

function verdictOf(answer: Exclude<HttpAnswer<unknown>, { kind: 'value' }>): Exclude<Verdict, { kind: 'allow' }> {
  return answer.kind === 'unavailable' ? unavailable(answer.why) : answer
}

function unavailable(why: string): Extract<Verdict, { kind: 'unavailable' }> {
  return { kind: 'unavailable', cause: new Error(why) }
}

/** RFC 7617 §2. Base64 leaves nothing that could end a header. */
function authorization(basicAuth: string | null): Readonly<Record<string, string>> {
  return basicAuth === null ? {} : { authorization: `Basic ${Buffer.from(basicAuth).toString('base64')}` }
}
