/** The composition root: options → object graph; started in order, stopped in reverse, reloaded whole or not at all. */

import type { AuthBackend } from './auth/contract.ts'
import { createCertificateCache } from './certificate/facts.ts'
import type { Surroundings } from './compose.ts'
import { type BackendSet, composeBackends } from './compose-backends.ts'
import { createThrottleShift } from './compose-throttle.ts'
import { createVitals } from './compose-vitals.ts'
import { writeFault } from './config/files.ts'
import type { ListenAddress, ListenFault } from './listener/listener.ts'
import { composeListeners, openListener, type Running, renewListener } from './listeners.ts'
import type { Health } from './observe/health.ts'
import type { Log } from './observe/log.ts'
import type { PrometheusMetrics } from './observe/prometheus.ts'
import type { SignetOptions } from './options.ts'
import { reservePrivateFile } from './private-file.ts'
import { fail, ok, type Result } from './result.ts'
import type { SessionHost } from './session/contract.ts'
import { type LocalHost, openLocalHost } from './session/local/host.ts'
import { createSelfTest, type SelfTest, type SelfTestFault } from './transport/self-test.ts'
import { createPathCache } from './trust/path-cache.ts'

/** What an app is made of. */
export interface AppParts {
  readonly options: SignetOptions
  readonly log: Log
  /** Lines of the log that could not be written, for the metrics; none when left out. */
  readonly lostLogLines?: () => number
  /** The value of SSLKEYLOGFILE; TLS secrets go there from listeners with `keep_secrets`. */
  readonly keyLogFile?: string | null
  /** Milliseconds since the epoch; the clock when left out. */
  readonly now?: () => number
  /** What clients that ask for the software version are told. */
  readonly version?: string
  /** Backends beside the built-in ones, each under its name in `auth.methods`. Who made them disposes of them. */
  readonly backends?: readonly AuthBackend[]
  /** Takes the sessions instead of the embedded host. Who made it disposes of it. */
  readonly sessionHost?: SessionHost
  /** Proves before anything listens that TLS can be relied on; the loopback self test when left out. */
  readonly selfTest?: SelfTest
}

/** Why the app could not start or take a new configuration; nothing of it is in force. */
export type AppFault =
  | { readonly kind: 'port'; readonly fault: ListenFault }
  | { readonly kind: 'part'; readonly part: string; readonly why: string }
  /** This Node does not do what logins by certificate rest on. */
  | { readonly kind: 'self-test'; readonly faults: readonly SelfTestFault[] }

/** A whole Signet. */
export interface App {
  start(): Promise<Result<readonly ListenAddress[], AppFault>>
  readonly addresses: readonly ListenAddress[]
  readonly metrics: PrometheusMetrics
  /** Whether it is well, now. */
  health(): Health
  /** Puts a new configuration in force for new connections; running sessions stay. On a fault the old one goes on. */
  reload(options: SignetOptions): Promise<Result<void, AppFault>>
  /** Stops accepting, ends streams with `system-shutdown`, closes the store. Idempotent. */
  stop(): Promise<void>
}

/** Distinct certificates whose facts, and whose paths, are kept in memory. */
const maxCachedCertificates = 4_096

/** How long streams get to say goodbye at a stop, milliseconds. */
const drainMs = 5_000

/** How long backends of an old configuration serve connections that came in under it, milliseconds. */
const retirementMs = 120_000

/** What it says is about Node, which does not change while it runs: a pass holds for every app of the process. */
const selfTestOnce = createSelfTest()

/** An app that has not started. */
export function createApp(parts: AppParts): App {
  const { log } = parts
  let options = parts.options
  let local: LocalHost | null = null
  let around: Surroundings | null = null
  let running = new Map<string, Running>()
  let stopping: Promise<void> | null = null
  /** A start, a reload or the stop: each finds what the one before has left. */
  const inTurn = createQueue()
  /** Listeners that a reload no longer has, until their streams have ended. */
  const leaving = new Set<Promise<void>>()
  const backends = createBackendShift(retirementMs)
  const now = parts.now ?? Date.now
  const vitals = createVitals(parts.version ?? 'unknown', now, {
    running: () => running,
    throttle: () => around?.throttle ?? null,
    pools: backends.readings,
    lostLogLines: parts.lostLogLines ?? (() => 0),
    isStoreWell: () => local?.isWell() ?? null,
    isServing: () => running.size > 0 && stopping === null,
  })
  const { metrics } = vitals

  const start = async (): Promise<Result<readonly ListenAddress[], AppFault>> => {
    if (stopping !== null) return fail(notRunning)
    const proof = await (parts.selfTest ?? selfTestOnce)()
    if (!proof.ok) return fail({ kind: 'self-test', faults: proof.error })
    const embedded = parts.sessionHost === undefined ? openEmbedded(parts) : null
    if (embedded?.ok === false) return embedded
    local = embedded?.value ?? null
    const host = parts.sessionHost ?? local
    if (host === null) return fail(partFault('session', 'there is no session host'))
    around = {
      certificates: createCertificateCache(maxCachedCertificates),
      validate: createPathCache(maxCachedCertificates),
      host,
      throttle: createThrottleShift(now, metrics),
      backends: new Map(parts.backends?.map((backend) => [backend.name, backend])),
      log,
      ...vitals,
      keyLogFile: parts.keyLogFile ?? null,
      now,
    }
    const opened = await putInForce(options, around, running, backends)
    if (!opened.ok) {
      await local?.[Symbol.asyncDispose]()
      return opened
    }
    running = opened.value
    metrics.configRead('done')
    return ok([...running.values()].map(({ address }) => address))
  }
  const endListener = async ({ listener }: Running): Promise<void> => {
    const ended = listener.close(drainMs)
    leaving.add(ended)
    await ended
    leaving.delete(ended)
  }
  /** Ends the listeners that the new configuration no longer has; nobody need wait for it. */
  const replace = async (next: SignetOptions): Promise<Result<readonly Promise<void>[], AppFault>> => {
    if (around === null || stopping !== null) return fail(notRunning)
    if (local !== null && next.session.database !== options.session.database) {
      return fail(partFault('session.local.database', 'the store can only change at a restart'))
    }
    const opened = await putInForce(next, around, running, backends)
    if (!opened.ok) return opened
    local?.setDomains(next.general.hosts)
    const gone = [...running].filter(([key]) => !opened.value.has(key)).map(([, one]) => one)
    running = opened.value
    options = next
    return ok(gone.map(endListener))
  }

  return {
    ...vitals,
    get addresses() {
      return [...running.values()].map(({ address }) => address)
    },
    start: () => inTurn(start),
    reload: async (next) => {
      const gone = await inTurn(() => replace(next))
      if (!gone.ok) return gone
      await Promise.all(gone.value)
      return ok(undefined)
    },
    stop: () => {
      stopping ??= inTurn(() => shutDown([...running.values()], leaving, local)).finally(() =>
        backends[Symbol.asyncDispose](),
      )
      return stopping
    },
  }
}

function openEmbedded({ options, log, version, now }: AppParts): Result<LocalHost, AppFault> {
  const { session, general } = options
  reservePrivateFile(session.database)
  const opened = openLocalHost({
    domains: general.hosts,
    database: session.database,
    log,
    software: { name: 'Signet', version: version ?? 'unknown' },
    ...(now && { now }),
  })
  if (opened.ok) return opened
  const { code, path, why } = opened.error
  const cause = code === 'store-unavailable' ? writeFault(path) : null
  return fail(partFault('session.local.database', cause ?? `${path}: ${why}`))
}

/**
 * Builds every part of `options` and opens its new ports before anything in force is touched, so that a fault leaves
 * all as it was. Listeners that stay keep their socket and get the new generation.
 */
async function putInForce(
  options: SignetOptions,
  around: Surroundings,
  running: ReadonlyMap<string, Running>,
  shift: BackendShift,
): Promise<Result<Map<string, Running>, AppFault>> {
  const backends = composeBackends(options, around.backends, around.log)
  const opened = await openAll(options, around, running, backends)
  if (opened.ok) {
    shift.take(backends)
    around.throttle.take(options.throttle)
  } else await backends[Symbol.asyncDispose]()
  return opened
}

async function openAll(
  options: SignetOptions,
  around: Surroundings,
  running: ReadonlyMap<string, Running>,
  backends: BackendSet,
): Promise<Result<Map<string, Running>, AppFault>> {
  const composed = await composeListeners(options, around, backends)
  if (!composed.ok) return fail(partFault(composed.error.listener, composed.error.cause))
  const generations = composed.value
  for (const [key, { of }] of generations) {
    const { name, backlog } = of.options
    const kept = running.get(key)
    // A socket that made room for another would take with it who waits there.
    if (kept !== undefined && kept.backlog !== backlog) {
      return fail(partFault(name, `backlog can only change at a restart, from ${kept.backlog} to ${backlog}`))
    }
  }
  const opened = new Map<string, Running>()
  for (const [key, generation] of generations) {
    if (running.has(key)) continue
    const { port } = generation.of.options
    const takesOver = [...running].some(([other, { address }]) => address.port === port && !generations.has(other))
    const fresh = await openListener(generation, around.log, takesOver)
    if (!fresh.ok) {
      await Promise.all([...opened.values()].map(({ listener }) => listener.close(0)))
      return fail({ kind: 'port', fault: fresh.error })
    }
    opened.set(key, fresh.value)
  }
  const all = new Map<string, Running>()
  for (const [key, generation] of generations) {
    const kept = running.get(key) ?? opened.get(key)
    if (kept === undefined) continue
    all.set(key, renewListener(kept, generation))
  }
  return ok(all)
}

/** The backends in force, and those of older generations until nobody can be using them any more. */
interface BackendShift extends AsyncDisposable {
  take(next: BackendSet): void
  readonly readings: BackendSet['readings']
}

function createBackendShift(waitMs: number): BackendShift {
  let current: BackendSet | null = null
  const retiring = new Map<BackendSet, NodeJS.Timeout>()
  return {
    readings: () => current?.readings() ?? [],
    take: (next) => {
      const old = current
      current = next
      if (old === null) return
      const retire = () => {
        retiring.delete(old)
        void old[Symbol.asyncDispose]()
      }
      retiring.set(old, setTimeout(retire, waitMs).unref())
    },
    [Symbol.asyncDispose]: async () => {
      const all = current === null ? [...retiring.keys()] : [current, ...retiring.keys()]
      for (const timer of retiring.values()) clearTimeout(timer)
      await Promise.allSettled(all.map((set) => set[Symbol.asyncDispose]()))
    },
  }
}

const notRunning: AppFault = { kind: 'part', part: 'app', why: 'not running' }

function partFault(part: string, cause: unknown): AppFault {
  return { kind: 'part', part, why: cause instanceof Error ? cause.message : String(cause) }
}

async function shutDown(
  running: readonly Running[],
  leaving: Iterable<Promise<void>>,
  local: LocalHost | null,
): Promise<void> {
  // Told first, the host does not tell every contact of every session that it is going.
  const sessions = local?.closeAll('system-shutdown')
  const close = ({ listener }: Running) => listener.close(drainMs)
  await Promise.all([...running.filter(({ isWatch }) => !isWatch).map(close), ...leaving])
  await sessions
  await Promise.all(running.filter(({ isWatch }) => isWatch).map(close))
  await local?.[Symbol.asyncDispose]()
}

/** Does one thing after the other, in the order of the calls. */
function createQueue(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const done = last.then(task)
    last = done.catch(() => undefined)
    return done
  }
}
