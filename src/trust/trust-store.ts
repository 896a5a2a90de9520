/** Which CAs are trusted: a PEM file, read whole and strictly, so that what is trusted is what the file says. */

import { createHash } from 'node:crypto'
import { parseCertificate } from '../certificate/facts.ts'
import { fail, ok, type Result } from '../result.ts'
import type { IssuerSource } from './path-building.ts'
import { createPathCertificate, labelOf, type PathCertificate } from './path-certificate.ts'
import { caObjection } from './path-checks.ts'
import { type PemBlock, parsePem } from './pem.ts'
import { checkSelfSignature } from './signatures.ts'

/** Certificates in one store. */
export const maxStoreCertificates = 1024

/** Faults that are told of one file. */
export const maxTrustFaults = 20

/** The trusted certificates. A path must end at a self-signed one (RFC 5280 §6.1.1 (d)); others only help to get there. */
export interface TrustStore extends IssuerSource {
  /** Every certificate, each once, in the order of the file. */
  readonly certificates: readonly PathCertificate[]
  /** One PEM text for each certificate, for OpenSSL (`ca`): exactly what path validation knows, too. */
  readonly pem: readonly string[]
  /** Tells stores with different contents apart: SHA-256, lower-case hexadecimal. */
  readonly generation: string
}

/** What is wrong in a CA file, and in which line (from 1). */
export interface TrustFault {
  readonly source: string
  readonly line: number
  readonly text: string
}

/** A store that trusts nobody. */
export const emptyTrustStore: TrustStore = createStore([])

/**
 * Reads a CA file. Fails, with everything that is wrong, on damaged PEM, anything but CA certificates (version 3,
 * basicConstraints CA:TRUE, keyCertSign if keyUsage is there), a file that holds none, and one that holds no root.
 */
export function readTrustStore(pemText: string, sourceName: string): Result<TrustStore, readonly TrustFault[]> {
  const fault = (line: number, text: string): TrustFault => ({ source: sourceName, line, text })
  const blocks = parsePem(pemText)
  if (!blocks.ok) return fail(blocks.error.map(({ line, text }) => fault(line, text)))
  if (blocks.value.length === 0) return fail([fault(1, 'the file holds no certificate (-----BEGIN CERTIFICATE-----)')])
  if (blocks.value.length > maxStoreCertificates) {
    return fail([fault(1, `the file holds ${blocks.value.length} blocks; ${maxStoreCertificates} are the most`)])
  }
  const read = blocks.value.map((block) => ({ block, result: readAuthority(block) }))
  const faults = read.flatMap(({ block, result }) => (result.ok ? [] : [fault(block.line, result.error)]))
  if (faults.length > 0) return fail(faults.slice(0, maxTrustFaults))
  const found = read.flatMap(({ result }) => (result.ok ? [result.value] : []))
  if (!found.some(({ isSelfSigned }) => isSelfSigned)) {
    return fail([fault(1, 'the file holds intermediate CAs only; the root that they lead to is needed as well')])
  }
  return ok(createStore([...new Map(found.map((entry) => [entry.certificate.sha256, entry])).values()]))
}

function readAuthority({ label, der }: PemBlock): Result<PathCertificate, string> {
  if (label.endsWith('PRIVATE KEY')) return fail('a private key, which has no place in a CA file')
  if (label !== 'CERTIFICATE') return fail(`a block of the kind ${label}; only CERTIFICATE is taken`)
  const parsed = parseCertificate(der)
  if (!parsed.ok) return fail(`the certificate cannot be read: ${parsed.error.field}: ${parsed.error.why}`)
  const entry = createPathCertificate(parsed.value)
  const objection = caObjection(parsed.value)
  if (objection !== null) return fail(`the certificate ${labelOf(parsed.value)} ${objection}`)
  if (parsed.value.subject.rdns.length === 0) return fail('a CA without a subject, which can have issued nothing')
  const refusal = entry.isSelfSigned ? checkSelfSignature(entry) : null
  return refusal === null ? ok(entry) : fail(refusal.text)
}

function createStore(certificates: readonly PathCertificate[]): TrustStore {
  const bySubject = Map.groupBy(certificates, ({ subject }) => subject)
  const digest = createHash('sha256')
  for (const { certificate } of certificates) digest.update(certificate.sha256)
  return Object.freeze({
    certificates: Object.freeze([...certificates]),
    pem: Object.freeze(certificates.map(({ certificate }) => toPem(certificate.der))),
    generation: digest.digest('hex'),
    withSubject: (subject: string) => bySubject.get(subject) ?? [],
  })
}

function toPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
