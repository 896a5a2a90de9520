/**
 * The start-up self test: a few handshakes on the loopback, through the very door that clients get, prove that this
 * Node does what logins by certificate rest on. The verdict of OpenSSL is had by a private call, and the chain is a
 * thing that releases of Node have lost before (docs/decisions/0001-private-verify-error.md).
 */

import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Peer } from '../certificate/channel.ts'
import { createCertificateCache } from '../certificate/facts.ts'
import type { ReasonCode } from '../observe/reasons.ts'
import { fail, ok, type Result } from '../result.ts'
import type { ValidatePath } from '../trust/path-validation.ts'
import { readTrustStore } from '../trust/trust-store.ts'
import { makeTestCertificates, type TestCertificates, type TestCredential } from './self-test-certificates.ts'
import { type OpenConnection, type Outcome, type Range, runTrial, type Trial } from './self-test-trial.ts'
import { createTlsDoor, type TlsDoor, type TlsDoorParts } from './tls-door.ts'
import type { TlsVersion } from './tls-options.ts'

/** What was found wanting, and how it showed, in words that follow "this Node". */
export interface SelfTestFault {
  readonly property: 'handshake' | 'verdict' | 'chain' | 'resumption' | 'renegotiation'
  readonly why: string
}

/** Proves it, or says what is wanting. */
export type SelfTest = () => Promise<Result<void, readonly SelfTestFault[]>>

/** All of it together may take so long; it takes some tens of milliseconds. */
export const selfTestMs = 5_000

/** How long a client waits for an answer to its wish to renegotiate. */
const renegotiationMs = 1_000

/** Runs the test through a door of `createDoor`; fails with everything that was found. */
export async function runSelfTest(
  createDoor: (parts: TlsDoorParts) => TlsDoor = createTlsDoor,
): Promise<Result<void, readonly SelfTestFault[]>> {
  const certificates = makeTestCertificates(Date.now())
  const server = createServer()
  const timeUp = new AbortController()
  const timer = setTimeout(() => timeUp.abort(new Error(`no end after ${selfTestMs} ms`)), selfTestMs)
  try {
    const range = { server, certificates, door: createDoor(doorParts(certificates)) }
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const found = await findFaults(range, timeUp.signal)
    return found.length === 0 ? ok(undefined) : fail(found)
  } catch (cause) {
    const why = `fails at a handshake with itself on 127.0.0.1: ${cause instanceof Error ? cause.message : cause}`
    return fail([{ property: 'handshake', why }])
  } finally {
    clearTimeout(timer)
    server.close()
  }
}

/** A self test that shares one run among all who ask, and remembers it if it passed. */
export function createSelfTest(run: SelfTest = runSelfTest): SelfTest {
  let latest: ReturnType<SelfTest> | null = null
  return async () => {
    const asked = latest ?? run()
    latest = asked
    const result = await asked
    if (!result.ok && latest === asked) latest = null
    return result
  }
}

/** Takes every path, and tells what the client sent: what is left is OpenSSL's verdict alone. */
const takeAll: ValidatePath = ({ leaf, extra }) => ({ kind: 'trusted', chain: [leaf, ...extra] })

function doorParts({ root, server }: TestCertificates): TlsDoorParts {
  const trust = readTrustStore(root.cert, 'self test')
  if (!trust.ok) throw new TypeError(`the root of the self test: ${trust.error.map(({ text }) => text).join('; ')}`)
  return {
    verifyMode: 'peer',
    identity: { cert: server.cert, key: server.key, passphrase: null },
    byServerName: new Map(),
    trust: trust.value,
    dhparam: null,
    ciphers: null,
    versions: ['tlsv1.2', 'tlsv1.3'],
    handshakeMs: selfTestMs,
    keyLog: null,
    certificates: createCertificateCache(16),
    validate: takeAll,
    now: Date.now,
  }
}

async function findFaults(range: Range, signal: AbortSignal): Promise<readonly SelfTestFault[]> {
  const { good, intermediate, foreign, forged, selfSigned } = range.certificates
  const run = (trial: Trial) => runTrial(range, trial, signal, facts)
  const present = async (own: TestCredential | null) => (await run(trialOf('tlsv1.3', own))).channel.peer
  const first = await run(trialOf('tlsv1.3', good, intermediate))
  return [
    ...goodFaults(first.channel.peer, range.certificates),
    ...refusalFaults('a certificate of an unknown CA', await present(foreign), 'chain-unknown-ca'),
    ...refusalFaults("a certificate with another's signature", await present(forged), 'chain-bad-signature'),
    ...refusalFaults('a self-signed certificate', await present(selfSigned), 'chain-self-signed'),
    ...absenceFaults(await present(null)),
    // Nothing to offer, nothing to resume: `signet` starts its server with an OpenSSL that hands out no tickets.
    ...(first.session === null
      ? []
      : resumptionFaults('TLS 1.3', await run({ ...trialOf('tlsv1.3', good, intermediate), session: first.session }))),
    ...(await olderVersionFaults(range, signal)),
  ]
}

/** TLS 1.2 resumes in other ways, and it alone renegotiates. */
async function olderVersionFaults(range: Range, signal: AbortSignal): Promise<readonly SelfTestFault[]> {
  const trial = trialOf('tlsv1.2', range.certificates.good, range.certificates.intermediate)
  const { session } = await runTrial(range, trial, signal, facts)
  const again = session === null ? trial : { ...trial, session }
  return runTrial(range, again, signal, async (connection) => [
    ...resumptionFaults('TLS 1.2', connection),
    ...((await isRenegotiationRefused(connection)) ? [] : [renegotiates]),
  ])
}

const renegotiates: SelfTestFault = {
  property: 'renegotiation',
  why: 'lets a client renegotiate, and so change its certificate unseen',
}

const facts = ({ channel, session, isReused }: OpenConnection): Outcome => ({ channel, session, isReused })

function trialOf(version: TlsVersion, own: TestCredential | null, ...behind: readonly TestCredential[]): Trial {
  if (own === null) return { version, cert: null, key: null }
  return { version, cert: [own, ...behind].map(({ cert }) => cert).join(''), key: own.key }
}

function goodFaults(peer: Peer, { good, intermediate }: TestCertificates): readonly SelfTestFault[] {
  if (peer.kind !== 'certificate' || peer.chain.kind !== 'trusted') {
    return [{ property: 'verdict', why: `does not take a good client certificate: ${describe(peer)}` }]
  }
  const sent = [good.der, intermediate.der]
  const { chain } = peer.chain
  if (chain.length === sent.length && sent.every((der, index) => der.equals(chain[index] ?? Buffer.alloc(0)))) return []
  return [{ property: 'chain', why: 'does not hand on the intermediate certificates that a client sends' }]
}

function refusalFaults(what: string, peer: Peer, expected: ReasonCode): readonly SelfTestFault[] {
  const found = describe(peer)
  if (peer.kind === 'certificate' && peer.chain.kind === 'trusted') {
    return [{ property: 'verdict', why: `takes ${what} for a verified one` }]
  }
  if (peer.kind === 'certificate' && peer.chain.kind === 'untrusted' && peer.chain.code === expected) return []
  return [{ property: 'verdict', why: `does not say ${expected} of ${what}: ${found}` }]
}

function absenceFaults(peer: Peer): readonly SelfTestFault[] {
  return peer.kind === 'none' ? [] : [{ property: 'verdict', why: 'tells of a certificate where the client sent none' }]
}

function resumptionFaults(label: string, { channel, isReused }: Outcome): readonly SelfTestFault[] {
  if (!isReused && channel.tls?.resumed === false) return []
  return [{ property: 'resumption', why: `resumes a ${label} session, and with it the verdict of an older handshake` }]
}

function isRenegotiationRefused({ client }: OpenConnection): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), renegotiationMs)
    const settle = (isRefused: boolean): void => {
      clearTimeout(timer)
      resolve(isRefused)
    }
    // Only the client can tell: the server emits 'secure' again whether it renegotiated or refused.
    client.once('secure', () => settle(false))
    // The alert no_renegotiation (RFC 5246 §7.2.2) is an error to this client.
    client.on('error', () => settle(true))
    client.once('close', () => settle(true))
    client.renegotiate({}, () => undefined)
  })
}

function describe(peer: Peer): string {
  if (peer.kind === 'none') return 'it says that there was none'
  if (peer.kind === 'unreadable') return `${peer.fault.field}: ${peer.fault.why}`
  return peer.chain.kind === 'untrusted' ? `${peer.chain.text} [${peer.chain.code}]` : peer.chain.kind
}
