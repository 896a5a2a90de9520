/** The JSON form: one signed question about one login (docs/backends/http.md). */

import { createHmac, createSecretKey, randomUUID } from 'node:crypto'
import type { ChainStatus } from '../../../certificate/channel.ts'
import { holdsControlCharacter } from '../../../certificate/control-characters.ts'
import { certificateSummary, type PeerCertificate } from '../../../certificate/facts.ts'
import { quote } from '../../../certificate/identity-rule.ts'
import { formatBare } from '../../../jid/jid.ts'
import type { CertificateClaim, Claim } from '../../contract.ts'

/** Names of one kind that are sent of a certificate. */
export const maxSentNames = 256

/** What a question needs to know besides the claim. */
export interface QuestionContext {
  readonly listener: string
  /** Whether the whole certificate goes along. */
  readonly sendCertificate: boolean
}

/** Writes the bodies of one backend's questions: JSON text. */
export type QuestionWriter = (claim: Claim) => string

/** A writer. A password claim has its password in its question, and a body is in no record and no log. */
export function createQuestionWriter({ listener, sendCertificate }: QuestionContext): QuestionWriter {
  const texts = new WeakMap<PeerCertificate, CertificateText>()
  const textOf = ({ certificate, chain }: CertificateClaim): string => {
    const known = texts.get(certificate)
    if (known?.chain === chain.kind) return known.text
    const text = JSON.stringify(certificateOf(certificate, chain.kind, sendCertificate))
    texts.set(certificate, { chain: chain.kind, text })
    return text
  }
  const listenerText = JSON.stringify(listener)
  return (claim) => {
    const jid = jidOf(claim)
    // The id is the same in every repetition of one question.
    const head =
      `{"version":1,"id":"${randomUUID()}","listener":${listenerText},` +
      `"domain":${JSON.stringify(claim.jid.domain)},"jid":${JSON.stringify(jid)}`
    return claim.kind === 'password'
      ? `${head},"evidence":"password","password":${JSON.stringify(claim.password)}}`
      : `${head},"evidence":"certificate","via":${JSON.stringify(claim.via)},"certificate":${textOf(claim)}}`
  }
}

/** What is said of a certificate: the same at each of its logins, as long as its facts are remembered. */
interface CertificateText {
  readonly chain: ChainStatus['kind']
  readonly text: string
}

/** Null where the service is to say whose the certificate is, and the client asks for nobody by name. */
function jidOf(claim: Claim): string | null {
  if (claim.kind === 'password' || claim.open === undefined) return formatBare(claim.jid)
  return claim.open.wanted === null ? null : formatBare(claim.open.wanted)
}

function certificateOf(certificate: PeerCertificate, chain: ChainStatus['kind'], isWhole: boolean) {
  const { subject, issuer, serial, sha256, notBefore, notAfter } = certificateSummary(certificate)
  return {
    subject,
    issuer,
    serial,
    sha256,
    not_before: notBefore,
    not_after: notAfter,
    chain,
    names: sentNames(certificate),
    // What is undefined is not sent.
    der: isWhole ? Buffer.from(certificate.der).toString('base64') : undefined,
  }
}

/** Subject and issuer have their control characters escaped (RFC 4514); these names go as they stand in the certificate. */
function sentNames({ names }: PeerCertificate) {
  return {
    xmpp_addr: some(names.xmppAddr.flatMap(({ text }) => text ?? [])),
    email: some(names.rfc822Name),
    upn: some(names.upn),
    dns: some(names.dns),
    uri: some(names.uri),
    srv_name: some(names.srvName),
    ip: some(names.ip.map(({ text }) => text)),
  }
}

function some(list: readonly string[]): readonly string[] {
  return list.length > maxSentNames ? list.slice(0, maxSentNames) : list
}

/**
 * What is wrong with a name that would be sent, null when nothing is: a service that hands `alice@example.org`, NUL and more
 * on to a directory, a database or a program in C asks it about somebody else.
 */
export function nameFault(certificate: PeerCertificate): string | null {
  for (const [kind, list] of Object.entries(sentNames(certificate))) {
    const found = list.find(holdsControlCharacter)
    if (found !== undefined) return `the certificate's ${kind} ${quote(found)} holds a control character`
  }
  return null
}

/** The name of the header that signs a question. */
export const signatureHeader = 'signet-signature'

/** Signs the questions of one backend. */
export type QuestionSigner = (body: string, nowMs: number) => string

/**
 * A signer whose values are the header's: `t=` seconds since the epoch, `v1=` HMAC-SHA-256 (hexadecimal) over the same
 * digits, a full stop and the body.
 */
export function createSigner(secret: string): QuestionSigner {
  const key = createSecretKey(secret, 'utf8')
  return (body, nowMs) => {
    const time = String(Math.floor(nowMs / 1000))
    const signature = createHmac('sha256', key).update(`${time}.${body}`).digest('hex')
    return `t=${time},v1=${signature}`
  }
}
