/**
 * The whole negotiation of a stream, whatever the client does: it ends, by closing or because the client has gone; it
 * says nothing but XML; nobody is let in without TLS and a certificate; and nobody may try for ever.
 */

import { createAuthority } from '../../src/auth/authority.ts'
import { createPkiBackend } from '../../src/auth/backends/pki.ts'
import type { ChainStatus, Channel } from '../../src/certificate/channel.ts'
import { parseCertificate } from '../../src/certificate/facts.ts'
import { standard } from '../../src/certificate/identity.ts'
import type { Log } from '../../src/observe/log.ts'
import { noMetrics } from '../../src/observe/metrics.ts'
import { ok } from '../../src/result.ts'
import { type CertificateTerms, certificatePolicies } from '../../src/sasl/certificate-policy.ts'
import { createExternal } from '../../src/sasl/external.ts'
import type { Account, SessionHost } from '../../src/session/contract.ts'
import { sasl } from '../../src/stream/features/sasl.ts'
import { createStartTls } from '../../src/stream/features/starttls.ts'
import type { StreamPolicy } from '../../src/stream/policy.ts'
import { runStream } from '../../src/stream/run-stream.ts'
import { DEFAULT_XML_LIMITS } from '../../src/xml/limits.ts'
import { createStreamParser } from '../../src/xml/stream-parser.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { packFrames, unpackFrames } from './frames.ts'
import { createMemoryTransport, type MemoryTransport } from './memory-transport.ts'
import { clientFlights } from './stream-generator.ts'
import { expect, type FuzzTarget } from './target.ts'

const maxAttempts = 3
const longWaitMs = 60_000

/** What happened behind the stream. */
interface Backstage {
  readonly accounts: Account[]
  readonly faults: unknown[]
  carried: number
}

/** Fuzzes `runStream`. The first octet of an input chooses certificate and policy; the flights of the client follow. */
export function createStreamTarget(): FuzzTarget {
  const channels = channelsOf()
  return {
    name: 'stream',
    quickInputs: 4000,
    longShare: 60_000,
    generate: (random) => Buffer.concat([Buffer.from([random.below(32)]), packFrames(clientFlights(random))]),
    check: async (input) => {
      const choice = input[0] ?? 0
      const secured = channels[choice % channels.length]
      if (secured === undefined) throw new TypeError('no channel')
      const backstage: Backstage = { accounts: [], faults: [], carried: 0 }
      const transport = createMemoryTransport(unpackFrames(input.subarray(1)), plain, secured)
      const policy = policyOf(backstage, termsOf(choice))
      await runStream(transport, [createStartTls(true), sasl], policy)
      checkEnd(transport, backstage, secured)
    },
    settle: async () => [],
    [Symbol.asyncDispose]: async () => undefined,
  }
}

const plain: Channel = { transport: 'tcp', remote: '192.0.2.1:1', tls: null, peer: { kind: 'none' } }

/** A good certificate, a refused one, none, and one that cannot be read. */
function channelsOf(): Channel[] {
  const tls = { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', resumed: false, serverName: null }
  const parsed = parseCertificate(createCatalogue('a.example').get('one').leafDer)
  if (!parsed.ok) throw new TypeError('the catalogue is broken')
  const refused: ChainStatus = { kind: 'untrusted', code: 'chain-expired', text: 'expired' }
  const fault = { field: 'certificate', why: 'broken' }
  const peers: Channel['peer'][] = [
    { kind: 'certificate', certificate: parsed.value, chain: { kind: 'trusted', chain: [] } },
    { kind: 'certificate', certificate: parsed.value, chain: refused },
    { kind: 'none' },
    { kind: 'unreadable', sha256: '00', fault },
  ]
  return peers.map((peer) => ({ ...plain, tls, peer }))
}

function termsOf(choice: number): CertificateTerms {
  const policy = certificatePolicies[(choice >> 2) & 3] ?? 'optional'
  return { policy, verifyMode: 'peer', disconnectOnFailure: choice >= 16 }
}

function policyOf(backstage: Backstage, certificates: CertificateTerms): StreamPolicy {
  return {
    listener: 'fuzz',
    hosts: new Set(['a.example', 'bücher.example']),
    defaultHost: 'a.example',
    of: () => ({
      certificates,
      mechanisms: [createExternal([standard])],
      authority: createAuthority([createPkiBackend()]),
    }),
    host: hostOf(backstage),
    terms: { legacySession: false },
    throttle: null,
    metrics: noMetrics,
    limits: { stateMs: longWaitMs, loginMs: longWaitMs, maxAttempts, authMs: longWaitMs },
    log: logOf(backstage),
  }
}

function hostOf(backstage: Backstage): SessionHost {
  return {
    open: async (account) => {
      backstage.accounts.push(account)
      const carry: Awaited<ReturnType<SessionHost['open']>> = ok({
        carry: async (conduit) => {
          backstage.carried += 1
          for (let kind = 'open'; kind !== 'end' && kind !== 'close' && kind !== 'fault'; )
            kind = (await conduit.read()).kind
          await conduit.close()
        },
        abandon: () => undefined,
      })
      return carry
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

function logOf({ faults }: Backstage): Log {
  const ignore = () => undefined
  return {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (event, fields) => void faults.push(event, fields?.['cause']),
  }
}

function checkEnd(transport: MemoryTransport, { accounts, faults, carried }: Backstage, secured: Channel): void {
  expect(faults.length === 0, `a fault of ours: ${faults.map(String).join(' ')}`)
  expect(transport.closings > 0, 'neither closed nor waiting')
  const said = transport.written.join('')
  const failures = said.split("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>").length - 1
  // An abort out of the blue is answered as a failure and is none.
  const aborted = said.split('><aborted/></failure>').length - 1
  expect(failures - aborted <= maxAttempts, `${failures} failed attempts`)
  if (failures - aborted === maxAttempts && aborted === 0)
    expect(said.includes('<policy-violation '), 'no end to attempts')
  const successes = said.split('<success ').length - 1
  expect(successes === accounts.length && successes === carried && successes <= 1, 'success and session do not match')
  if (successes === 1) checkSuccess(transport, accounts[0], secured)
  checkMarkup(transport.written)
}

function checkSuccess(transport: MemoryTransport, account: Account | undefined, { peer }: Channel): void {
  expect(transport.secured, 'let in without TLS')
  expect(peer.kind === 'certificate' && peer.chain.kind === 'trusted', 'let in without a good certificate')
  expect(account?.jid.local === 'alice' && account.jid.domain === 'a.example', 'let in as somebody else')
}

/** What the client got is a stream, and a new one from each header on. */
function checkMarkup(written: readonly string[]): void {
  const parser = createStreamParser(DEFAULT_XML_LIMITS)
  let isFirst = true
  for (const markup of written) {
    if (markup.startsWith('<?xml') && !isFirst) parser.restart()
    isFirst = false
    parser.push(Buffer.from(markup))
    for (let event = parser.next(); event !== null; event = parser.next()) {
      expect(event.kind !== 'fault', `broken markup: ${markup}`)
    }
  }
}
