/**
 * The certificate reader: never throws, accepts only DER that is written again to the same bytes and that OpenSSL reads
 * as well, and names nobody whom another reading of the same bytes does not name.
 */

import { X509Certificate } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { certificateSummary, type PeerCertificate, parseCertificate } from '../../src/certificate/facts.ts'
import { standard } from '../../src/certificate/identity.ts'
import { formatBare, parseJid } from '../../src/jid/jid.ts'
import { validatePath } from '../../src/trust/path-validation.ts'
import { emptyTrustStore } from '../../src/trust/trust-store.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import type { Random } from '../support/pki/random.ts'
import { readNames } from './certificate-reading.ts'
import { mutateTree, parseTree, writeTree } from './der-tree.ts'
import { mutateBytes } from './mutate.ts'
import { expect, expectQuick, type FuzzTarget, hashOf } from './target.ts'

/** Most certificates take some microseconds; this is for 64 KiB of the worst. */
const maxParseMs = 40

/** Fuzzes `parseCertificate` and what is made of its facts, over the certificates of the test catalogue. */
export function createCertificateTarget(): FuzzTarget {
  const { all, root, intermediate, server } = createCatalogue('a.example')
  const certificates: Uint8Array[] = [...all.map(({ leafDer }) => leafDer), root.der, intermediate.der, server.der]
  return {
    name: 'certificate',
    quickInputs: 8000,
    longShare: 270_000,
    generate: (random) => generate(random, certificates),
    check: checkCertificate,
    settle: async () => [],
    [Symbol.asyncDispose]: async () => undefined,
  }
}

function generate(random: Random, certificates: readonly Uint8Array[]): Uint8Array {
  const base = random.pick(certificates)
  const donor = random.pick(certificates)
  return random.chance(0.35) ? mutateBytes(random, base, donor) : mutateTree(random, base, donor)
}

function checkCertificate(input: Uint8Array): void {
  const parsed = expectQuick(maxParseMs, () => parseCertificate(input))
  if (!parsed.ok) return
  const certificate = parsed.value
  expect(Buffer.compare(certificate.der, input) === 0, 'facts of other bytes')
  // Comparing everything is slow and finds little.
  if (hashOf(input) % 8 === 0) expect(isDeepStrictEqual(parseCertificate(input), parsed), 'other facts the second time')
  const tree = parseTree(input)
  expect(tree?.length === 1 && Buffer.compare(writeTree(tree), input) === 0, 'no DER')
  checkAgainstOpenSsl(certificate)
  checkNames(certificate)
  checkUse(certificate)
}

/** The getters of X509Certificate are slow; these are the fields that decide something. */
function checkAgainstOpenSsl({ der, notBefore, notAfter, serial }: PeerCertificate): void {
  const native = readNative(der)
  expect(native !== null, 'OpenSSL refuses it')
  expect(native.validFromDate.getTime() === notBefore, 'another notBefore')
  expect(native.validToDate.getTime() === notAfter, 'another notAfter')
  const theirs = native.serialNumber.toLowerCase()
  // Node writes a negative serial number with a sign.
  if (!theirs.startsWith('-')) expect(withoutZeros(theirs) === withoutZeros(serial), 'another serial number')
}

function readNative(der: Uint8Array): X509Certificate | null {
  try {
    return new X509Certificate(der)
  } catch {
    return null
  }
}

function withoutZeros(hex: string): string {
  return hex.replace(/^0+(?=.)/, '')
}

function checkNames({ der, names, subject }: PeerCertificate): void {
  const other = readNames(der)
  expect(other !== null, 'no names')
  for (const kind of ['rfc822Name', 'dns', 'uri', 'upn', 'srvName'] as const) {
    const theirs = other.subjectAlt.filter((name) => name.startsWith(`${kind}: `))
    expect(
      isDeepStrictEqual(
        names[kind].map((text) => `${kind}: ${text}`),
        theirs,
      ),
      `other names: ${kind}`,
    )
  }
  const addresses = other.subjectAlt.filter((name) => name.startsWith('xmppAddr: '))
  expect(addresses.length === names.xmppAddr.length, 'another number of addresses')
  for (const [index, { text }] of names.xmppAddr.entries()) {
    if (text !== null) expect(`xmppAddr: ${text}` === addresses[index], 'another address')
  }
  const attributes = subject.rdns.flat()
  expect(attributes.length === other.subject.length, 'another number of attributes')
  for (const [index, { value }] of attributes.entries()) {
    if (value !== null) expect(other.subject[index]?.endsWith(`: ${value}`) === true, 'another attribute value')
  }
}

const unprintable = /[\p{Cc}\p{Zl}\p{Zp}]/u

/** What is done with a certificate that can be read, before anybody trusts it. */
function checkUse(certificate: PeerCertificate): void {
  const { subject, issuer } = certificateSummary(certificate)
  expect(!unprintable.test(subject) && !unprintable.test(issuer), 'a name that upsets a log')
  const answer = standard.answer({ certificate, authzid: null, domain: 'a.example' })
  expect(!unprintable.test(answer.detail), 'a sentence that upsets a log')
  if (answer.kind === 'jid') {
    expect(answer.jid.domain === 'a.example', 'a JID of another domain')
    const jids = certificate.names.xmppAddr.map(({ text }) => parseJid(text ?? ''))
    const isSame = jids.every((jid) => jid.ok && `${jid.value.local}@${jid.value.domain}` === formatBare(answer.jid))
    expect(jids.length > 0 && isSame, 'a JID that is not the one address')
  }
  const { kind } = validatePath({ leaf: certificate, extra: [], store: emptyTrustStore, now: certificate.notBefore })
  expect(kind !== 'trusted', 'trusted by nobody')
}
