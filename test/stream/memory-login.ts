/** Logins by PLAIN on streams without a network, before a backend and a session host of the test's own. */

import { allow } from '../../src/auth/allow.ts'
import { createAuthority } from '../../src/auth/authority.ts'
import type { AuthBackend, Verdict } from '../../src/auth/contract.ts'
import type { Channel } from '../../src/certificate/channel.ts'
import type { Decision } from '../../src/observe/decision.ts'
import { type Metrics, noMetrics } from '../../src/observe/metrics.ts'
import type { LoginThrottle } from '../../src/sasl/login-throttle.ts'
import { plain } from '../../src/sasl/plain.ts'
import type { SessionHost } from '../../src/session/contract.ts'
import { sasl } from '../../src/stream/features/sasl.ts'
import type { StreamLimits, StreamPolicy } from '../../src/stream/policy.ts'
import { runStream } from '../../src/stream/run-stream.ts'
import { createMemoryTransport, type MemoryTransport } from '../fuzz/memory-transport.ts'
import { createRecordingLog, type RecordingLog } from '../support/recording-log.ts'
import { authMarkup, headerTo } from '../support/xmpp-client.ts'

const domain = 'localhost'

/** What a test wants to be different from a server that lets everybody in with the password `right`, and at once. */
export interface MemoryPlan {
  /** Called for each password that is to be judged; `answer` gives its verdict, whenever that may be. */
  readonly judge?: (answer: () => Verdict) => Verdict | Promise<Verdict>
  readonly open: SessionHost['open']
  readonly throttle?: LoginThrottle
  readonly limits?: Partial<StreamLimits>
}

/** A server without a network, and what it has counted. */
export interface MemoryServer {
  readonly policy: StreamPolicy
  readonly log: RecordingLog
  readonly decisions: readonly Decision[]
  /** Sessions and ends of streams, in the words of the metrics. */
  readonly counted: readonly string[]
  /** One client from its header to the end of its stream; `index` tells addresses apart. Resolves when the stream is over. */
  login(password: string, index?: number): Promise<MemoryTransport>
}

/** A server that has seen nobody. */
export function createMemoryServer(plan: MemoryPlan): MemoryServer {
  const log = createRecordingLog()
  const decisions: Decision[] = []
  const counted: string[] = []
  const metrics: Metrics = {
    ...noMetrics,
    decisionMade: (decision) => void decisions.push(decision),
    sessionOpened: () => void counted.push('sessionOpened'),
    sessionClosed: () => void counted.push('sessionClosed'),
    streamEnded: (_, stage, condition) => void counted.push(`streamEnded ${stage} ${condition}`),
  }
  const policy = policyOf(plan, { log, metrics })
  return {
    ...{ policy, log, decisions, counted },
    login: async (password, index = 0) => {
      const channel = channelOf(index)
      const flights = [headerTo(domain), authMarkup({ text: `\0alice\0${password}` }, 'PLAIN')]
      const transport = createMemoryTransport(
        flights.map((text) => Buffer.from(text)),
        channel,
        channel,
      )
      await runStream(transport, [sasl], policy)
      return transport
    },
  }
}

function channelOf(index: number): Channel {
  const tls = { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', resumed: false, serverName: null }
  return { transport: 'tcp', remote: `192.0.2.${index}:1`, tls, peer: { kind: 'none' } }
}

function policyOf(
  { judge = (answer) => answer(), open, throttle, limits }: MemoryPlan,
  seen: Pick<StreamPolicy, 'log' | 'metrics'>,
): StreamPolicy {
  const backend: AuthBackend = {
    ...{ name: 'own', takes: ['password'] },
    judge: (claim) =>
      judge(() =>
        claim.kind === 'password' && claim.password === 'right'
          ? allow(claim)
          : { kind: 'deny', code: 'password-wrong', why: '' },
      ),
    [Symbol.asyncDispose]: async () => undefined,
  }
  const authority = createAuthority([backend])
  return {
    ...seen,
    listener: 'memory',
    hosts: new Set([domain]),
    defaultHost: domain,
    of: () => ({
      certificates: { policy: 'optional', verifyMode: 'none', disconnectOnFailure: false },
      mechanisms: [plain],
      authority,
    }),
    host: { open, [Symbol.asyncDispose]: async () => undefined },
    terms: { legacySession: false },
    limits: { stateMs: 60_000, loginMs: 60_000, maxAttempts: 3, authMs: 60_000, ...limits },
    throttle: throttle ?? null,
  }
}
