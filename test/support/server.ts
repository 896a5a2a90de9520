/** A whole Signet in this process for a test: both doors on free ports, its log recorded, its files in a directory of its own. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, createApp } from '../../src/app.ts'
import type { RdbmsPoolOptions } from '../../src/auth/backends/rdbms/options.ts'
import type { AuthOptions } from '../../src/auth/options.ts'
import { resolvePassword } from '../../src/auth/passwords/options.ts'
import type { ThrottleOptions } from '../../src/auth/throttle.ts'
import { noNameLists } from '../../src/auth/trusted-names-options.ts'
import type { CommonNameOptions } from '../../src/certificate/identity-options.ts'
import type { IdentityRuleChoice } from '../../src/certificate/mapping/options.ts'
import type { HostOptions } from '../../src/host-options.ts'
import type { C2sOptions } from '../../src/listener/c2s-options.ts'
import type { HandlerOptions } from '../../src/listener/https/handler-options.ts'
import type { HttpOptions } from '../../src/listener/https/options.ts'
import type { ListenerOptions } from '../../src/listener/listener-options.ts'
import type { Decision } from '../../src/observe/decision.ts'
import type { LogFields } from '../../src/observe/log.ts'
import type { SignetOptions } from '../../src/options.ts'
import type { PoolOptions } from '../../src/pool-options.ts'
import type { TlsMode, TlsOptions } from '../../src/transport/tls-options.ts'
import type { Catalogue } from './pki/catalogue.ts'
import type { Certificate } from './pki/certificate.ts'
import { createRecordingLog, type RecordingLog } from './recording-log.ts'
import type { XmppClient } from './xmpp-client.ts'

/** The two ways in. */
export type Door = 'starttls' | 'direct'

/** Both doors, in the order tests go through them. */
export const doors: readonly Door[] = ['starttls', 'direct']

/** The HTTPS listener of a test server: its handlers, and what is different from the other doors. */
export interface HttpsPlan extends Partial<Omit<HttpOptions, 'tls' | 'handlers'>> {
  readonly handlers: readonly HandlerOptions[]
  /** HTTP without TLS. */
  readonly clear?: boolean
  readonly tls?: Partial<TlsOptions>
}

/** What a test wants to be different from a server that serves the catalogue's domain by the rule `standard`. */
export interface ServerPlan {
  readonly catalogue: Catalogue
  readonly hosts?: readonly string[]
  readonly rules?: readonly IdentityRuleChoice[]
  readonly commonName?: CommonNameOptions
  readonly starttls?: Exclude<TlsMode, 'tls'>
  /** Certificates shown by SNI, by prepared domain. */
  readonly sni?: Readonly<Record<string, Certificate>>
  readonly c2s?: Partial<C2sOptions>
  readonly hostConfig?: readonly HostOptions[]
  /** Off when left out: tests fail on purpose. */
  readonly throttle?: ThrottleOptions | null
  readonly auth?: Partial<AuthOptions>
  /** The pool of method `rdbms`. */
  readonly database?: RdbmsPoolOptions
  /** Further pools. */
  readonly pools?: Partial<PoolOptions>
  readonly tls?: Partial<TlsOptions>
  /** Gets the TLS secrets of listeners with `keepSecrets`. */
  readonly keyLogFile?: string
  /** None when left out. */
  readonly https?: HttpsPlan
}

/** A running server. Disposing of it stops it and removes its files. */
export interface TestServer extends AsyncDisposable {
  readonly options: SignetOptions
  readonly log: RecordingLog
  readonly app: App
  portOf(door: Door | 'https'): number
  /** Whether a log entry is about this client's connection. A port of the client alone may serve both doors in turn. */
  about(client: ClientEnds): (fields: LogFields) => boolean
  /** The decision records of this client's attempts, oldest first. */
  decisionsOf(client: ClientEnds): readonly Decision[]
}

/** What tells connections to a test server apart. */
export type ClientEnds = Pick<XmppClient, 'local' | 'port'>

/** Options with the files they name. Disposing of them removes the files. */
export interface PreparedOptions extends AsyncDisposable {
  readonly options: SignetOptions
}

/** Writes the files of a server that need not run. */
export async function prepareOptions(plan: ServerPlan): Promise<PreparedOptions> {
  const directory = await mkdtemp(join(tmpdir(), 'signet-test-'))
  return {
    options: await optionsOf(plan, directory),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}

/** Starts a server; throws when it does not start. */
export async function startServer(plan: ServerPlan): Promise<TestServer> {
  const prepared = await prepareOptions(plan)
  const { options } = prepared
  const log = createRecordingLog()
  const app = createApp({ options, log, keyLogFile: plan.keyLogFile ?? null })
  const started = await app.start()
  if (!started.ok) throw new Error(`the server did not start: ${JSON.stringify(started.error)}`)
  const ports = new Map(started.value.map(({ name, port }) => [name, port]))
  const about =
    ({ local, port }: ClientEnds) =>
    ({ remote, listener }: LogFields) =>
      remote === local && ports.get(String(listener)) === port
  return {
    options,
    log,
    app,
    portOf: (door) => {
      const port = ports.get(door)
      if (port === undefined) throw new Error(`no listener named ${door}`)
      return port
    },
    about,
    decisionsOf: (client) =>
      log.decisionsOf(client.local).filter(({ listener }) => ports.get(listener) === client.port),
    [Symbol.asyncDispose]: async () => {
      await app.stop()
      await prepared[Symbol.asyncDispose]()
    },
  }
}

async function optionsOf(plan: ServerPlan, directory: string): Promise<SignetOptions> {
  const { catalogue, hosts = [catalogue.domain], rules = ['standard'], commonName = { prefix: '', suffix: '' } } = plan
  const tls = await tlsOf(plan, directory)
  const { starttls = 'starttls_required', hostConfig = [], throttle = null } = plan
  return {
    general: { hosts, defaultServerDomain: hosts[0] ?? catalogue.domain, loglevel: 'debug', httpServerName: null },
    http: plan.https === undefined ? [] : [httpsOf(plan.https, { ...tls, mode: 'tls' })],
    c2s: [c2sOf('starttls', { ...tls, mode: starttls }, plan), c2sOf('direct', { ...tls, mode: 'tls' }, plan)],
    auth: {
      ...{
        methods: ['pki'],
        mechanisms: ['external'],
        saslExternal: rules,
        commonName,
        ownRules: [],
        trustedNames: noNameLists,
      },
      password: resolvePassword(undefined),
      ...plan.auth,
    },
    hostConfig,
    pools: { rdbms: plan.database ?? null, ...plan.pools },
    throttle,
    session: { kind: 'local', database: join(directory, 'signet.sqlite') },
  }
}

async function tlsOf({ catalogue, sni = {}, tls = {} }: ServerPlan, directory: string): Promise<TlsOptions> {
  const write = async (name: string, { pem, keyPem }: Certificate) => {
    const file = join(directory, `${name}.pem`)
    await writeFile(file, `${pem}${keyPem}`, { mode: 0o600 })
    return { certfile: file, keyfile: file, password: null }
  }
  const cacertfile = join(directory, 'ca.pem')
  await writeFile(cacertfile, catalogue.rootPem)
  const byName = Object.entries(sni).map(async ([host, certificate], index) => ({
    host,
    ...(await write(`server-${index}`, certificate)),
  }))
  return {
    mode: 'tls',
    verifyMode: 'peer',
    disconnectOnFailure: false,
    identity: await write('server', catalogue.server),
    sni: await Promise.all(byName),
    cacertfile,
    dhfile: null,
    ciphers: null,
    versions: ['tlsv1.2', 'tlsv1.3'],
    keepSecrets: false,
    handshakeTimeoutMs: 10_000,
    ...tls,
  }
}

function c2sOf(name: Door, tls: TlsOptions, { c2s = {} }: ServerPlan): C2sOptions {
  return {
    ...listenerOf(name, tls),
    maxStanzaBytes: 65_536,
    stateTimeoutMs: 10_000,
    legacySession: true,
    ...c2s,
    tls: c2s.tls ?? tls,
  }
}

function httpsOf({ tls: other, clear = false, ...plan }: HttpsPlan, tls: TlsOptions): HttpOptions {
  const nothing = { identity: null, verifyMode: 'none', disconnectOnFailure: false, cacertfile: null } as const
  return { ...listenerOf('https', tls), ...plan, tls: clear ? nothing : { ...tls, ...other } }
}

function listenerOf(name: string, tls: TlsOptions): ListenerOptions {
  return {
    name,
    port: 0,
    ipAddress: '127.0.0.1',
    backlog: 128,
    reusePort: false,
    maxConnections: 1000,
    maxConnectionsPerAddress: 1000,
    maxHandshakes: 64,
    maxHandshakesWaiting: 1024,
    loginTimeoutMs: 20_000,
    maxLoginAttempts: 3,
    certificatePolicy: 'optional',
    allowedAuthMethods: null,
    saslExternal: null,
    trustedNames: noNameLists,
    proxy: null,
    tls,
  }
}
