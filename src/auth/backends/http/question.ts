/** The JSON form: one signed question about one login (docs/backends/http.md). */

import { hash, randomUUID } from 'node:crypto'
import { certificateSummary } from '../../../certificate/facts.ts'
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

/** The body of the question: JSON text. A password claim has its password in it, and a body is in no record and no log. */
export function questionBody(claim: Claim, { listener, sendCertificate }: QuestionContext): string {
  // The same in every repetition of one question.
  const id = randomUUID()
  const { domain } = claim.jid
  const jid = jidOf(claim)
  if (claim.kind === 'password') {
    const { password } = claim
    return JSON.stringify({ version: 1, id, listener, domain, jid, evidence: 'password', password })
  }
  const certificate = certificateOf(claim, sendCertificate)
  return JSON.stringify({ version: 1, id, listener, domain, jid, evidence: 'certificate', via: claim.via, certificate })
}

/** Null where the service is to say whose the certificate is, and the client asks for nobody by name. */
function jidOf(claim: Claim): string | null {
  if (claim.kind === 'password' || claim.open === undefined) return formatBare(claim.jid)
  return claim.open.wanted === null ? null : formatBare(claim.open.wanted)
}

function certificateOf({ certificate, chain }: CertificateClaim, isWhole: boolean) {
  const { subject, issuer, serial, sha256, notBefore, notAfter } = certificateSummary(certificate)
  const { names } = certificate
  return {
    subject,
    issuer,
    serial,
    sha256,
    not_before: notBefore,
    not_after: notAfter,
    chain: chain.kind,
    names: {
      xmpp_addr: some(names.xmppAddr.flatMap(({ text }) => text ?? [])),
      email: some(names.rfc822Name),
      upn: some(names.upn),
      dns: some(names.dns),
      uri: some(names.uri),
      srv_name: some(names.srvName),
      ip: some(names.ip.map(({ text }) => text)),
    },
    // What is undefined is not sent.
    der: isWhole ? Buffer.from(certificate.der).toString('base64') : undefined,
  }
}

function some(list: readonly string[]): readonly string[] {
  return list.length > maxSentNames ? list.slice(0, maxSentNames) : list
}

/** The name of the header that signs a question. */
export const signatureHeader = 'signet-signature'

/** Signs the questions of one backend. */
export type QuestionSigner = (body: string, nowMs: number) => string

/** Octets that SHA-256 works on at once (RFC 2104 §2: B), and that it comes to (L). */
const blockBytes = 64
const hashBytes = 32

/**
 * A signer whose values are the header's: `t=` seconds since the epoch, `v1=` HMAC-SHA-256 (hexadecimal) over the same
 * digits, a full stop and the body. The two halves of the key are made once (RFC 2104 §4): an HMAC object for each
 * question cost a process that has just woken as much as the whole reply.
 */
export function createSigner(secret: string): QuestionSigner {
  const key = Buffer.from(secret)
  const block = Buffer.concat([key.length > blockBytes ? hash('sha256', key, 'buffer') : key], blockBytes)
  const inner = block.map((octet) => octet ^ 0x36)
  const outer = Buffer.concat([block.map((octet) => octet ^ 0x5c)], blockBytes + hashBytes)
  return (body, nowMs) => {
    const time = String(Math.floor(nowMs / 1000))
    const signed = `${time}.${body}`
    const message = Buffer.allocUnsafe(blockBytes + Buffer.byteLength(signed))
    message.set(inner)
    message.write(signed, blockBytes)
    outer.set(hash('sha256', message, 'buffer'), blockBytes)
    return `t=${time},v1=${hash('sha256', outer, 'hex')}`
  }
}
