/** The throw-away certificates of the start-up self test: made in memory, valid for a day, gone with the test. */

import { generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto'
import {
  context,
  contextPrimitive,
  integer,
  octets,
  oid,
  sequence,
  setOf,
  tlv,
  utf8String,
} from '../development-pki/der.ts'

/** A certificate with its private key. */
export interface TestCredential {
  readonly der: Buffer
  readonly cert: string
  readonly key: string
}

/** What the self test shows to its door, and what the door has. */
export interface TestCertificates {
  /** Trusted by the door, and issuer of its certificate. */
  readonly root: TestCredential
  readonly server: TestCredential
  /** Issued by the intermediate, which the root issued. */
  readonly good: TestCredential
  readonly intermediate: TestCredential
  /** Issued by a CA that the door has never heard of. */
  readonly foreign: TestCredential
  /** Names the root as its issuer, and is signed by another key. */
  readonly forged: TestCredential
  readonly selfSigned: TestCredential
}

/** DNS name of the door; `.invalid` is nobody's (RFC 2606 §2). */
export const testServerName = 'self-test.invalid'

const dayMs = 24 * 60 * 60_000

const oids = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
}

interface Pair {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

interface Profile {
  readonly subject: string
  readonly issuer: string
  readonly pair: Pair
  readonly signer: Pair
  readonly extensions: readonly Buffer[]
}

/** Makes them all, around `now` (milliseconds since the epoch); some milliseconds of work. */
export function makeTestCertificates(now: number): TestCertificates {
  const root = newPair()
  const intermediate = newPair()
  const stranger = newPair()
  // Whoever holds a certificate here has the one client key: what is tested is who signed.
  const client = newPair()
  const make = (subject: string, pair: Pair, issuer: string, signer: Pair, extensions: readonly Buffer[]) =>
    issue({ subject, issuer, pair, signer, extensions }, now)
  return {
    root: make('root', root, 'root', root, authority),
    server: make('server', stranger, 'root', root, serverUse),
    good: make('user', client, 'intermediate', intermediate, clientUse),
    intermediate: make('intermediate', intermediate, 'root', root, authority),
    foreign: make('user', client, 'stranger', stranger, clientUse),
    forged: make('user', client, 'root', stranger, clientUse),
    selfSigned: make('user', client, 'user', client, clientUse),
  }
}

function newPair(): Pair {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

/** RFC 5280 §4.1. */
function issue({ subject, issuer, pair, signer, extensions }: Profile, now: number): TestCredential {
  const algorithm = sequence(oid(oids.ecdsaWithSha256))
  const body = sequence(
    context(0, integer(2)),
    integer(1),
    algorithm,
    nameOf(issuer),
    sequence(time(now - dayMs), time(now + dayMs)),
    nameOf(subject),
    pair.publicKey.export({ type: 'spki', format: 'der' }),
    context(3, sequence(...extensions)),
  )
  const der = sequence(body, algorithm, bits(sign('sha256', body, signer.privateKey)))
  const cert = new X509Certificate(der).toString()
  return { der, cert, key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

const nameOf = (name: string): Buffer =>
  sequence(setOf(sequence(oid(oids.commonName), utf8String(`self test ${name}`))))

const bits = (content: Uint8Array, unused = 0): Buffer => tlv(0x03, Buffer.from([unused]), content)

const yes = (): Buffer => tlv(0x01, Buffer.from([0xff]))

/** RFC 5280 §4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050. */
function time(at: number): Buffer {
  const digits = new Date(at).toISOString().replace(/[-:T]|\.\d+/g, '')
  return digits < '2050' ? tlv(0x17, Buffer.from(digits.slice(2))) : tlv(0x18, Buffer.from(digits))
}

const extension = (type: string, value: Buffer): Buffer => sequence(oid(type), yes(), octets(value))

/** Bits of keyUsage (RFC 5280 §4.2.1.3). */
const usage = { digitalSignature: bits(Buffer.from([0x80]), 7), keyCertSign: bits(Buffer.from([0x04]), 2) }

const authority = [extension(oids.basicConstraints, sequence(yes())), extension(oids.keyUsage, usage.keyCertSign)]

const leafUse = (purpose: string): readonly Buffer[] => [
  extension(oids.keyUsage, usage.digitalSignature),
  extension(oids.extendedKeyUsage, sequence(oid(purpose))),
]

const clientUse = leafUse(oids.clientAuth)
const serverUse = [
  ...leafUse(oids.serverAuth),
  extension(oids.subjectAltName, sequence(contextPrimitive(2, Buffer.from(testServerName)))),
]
