/** A server for programs that embed one: configuration in, errors out, the rest is the app. */

import { resolve } from 'node:path'
import { type App, createApp } from './app.ts'
import type { AuthBackend } from './auth/contract.ts'
import { isOwnMethodName } from './auth/options.ts'
import { formatProblem } from './config/problem.ts'
import type { ConfigSource } from './config/read.ts'
import { createLevelLog, type LevelLog } from './level-log.ts'
import { loadCheckedOptions } from './lint.ts'
import type { ListenAddress } from './listener/listener.ts'
import { type Health, judgeHealth } from './observe/health.ts'
import { type Log, silentLog } from './observe/log.ts'
import type { SignetOptions } from './options.ts'
import type { ServerConfig } from './server-config.ts'
import type { SessionHost } from './session/contract.ts'
import { errorOf, refusedConfiguration, SignetError } from './signet-error.ts'
import { version } from './version.ts'

/** A configuration: the object, the name of a TOML file, or its text. All three say the same and are checked alike. */
export type ServerConfigSource = ServerConfig | { readonly file: string } | { readonly toml: string }

/** What a server is made of. */
export interface ServerOptions {
  readonly config: ServerConfigSource
  /** What names of files in an object or a text are relative to; the current directory when left out. */
  readonly directory?: string
  /** Gets every event from `general.loglevel` on, each login decision among them; it must not throw. None when left out. */
  readonly log?: Log
  /**
   * Backends beside the built-in ones. `auth.methods` names them and says in which order all are asked; without it these
   * are asked alone, in this order. Who made them disposes of them.
   */
  readonly backends?: readonly AuthBackend[]
  /** Takes the sessions of those who logged in, instead of the embedded host. Who made it disposes of it. */
  readonly sessionHost?: SessionHost
  /** File that gets the TLS secrets of listeners with `keep_secrets`; without it nothing keeps them. */
  readonly keyLogFile?: string
}

/** A server. Disposing of it stops it. */
export interface Server extends AsyncDisposable {
  /** Where it listens; empty while it does not run. */
  readonly addresses: readonly ListenAddress[]
  /** Checks the configuration and opens the ports. Rejects with a `SignetError`; it can be called again after that. */
  start(): Promise<readonly ListenAddress[]>
  /**
   * Puts another configuration in force for new connections, or the same one read again; sessions stay. Rejects with a
   * `SignetError`, and then the old one goes on.
   */
  reload(config?: ServerConfigSource): Promise<void>
  /** What was counted since the start, in Prometheus's text format; empty before it. */
  metrics(): Promise<string>
  /** Whether it is up to its work, now. */
  health(): Health
  /** Stops accepting, ends streams with `system-shutdown`, closes the store. Idempotent, and final. */
  stop(): Promise<void>
}

/** A server that has not started. Throws a `SignetError` for a backend whose name it cannot have. */
export function createServer(parts: ServerOptions): Server {
  checkNames(parts.backends ?? [])
  const log = createLevelLog(parts.log ?? silentLog)
  let config = parts.config
  let starting: Promise<App> | null = null
  let app: App | null = null
  let isStopped = false
  // One reload after the other: each is whole before the next begins.
  let reloading: Promise<void> = Promise.resolve()

  const start = async (): Promise<readonly ListenAddress[]> => {
    if (starting !== null || isStopped) throw new SignetError('wrong-state', 'the server has been started before')
    starting = startApp(parts, log)
    try {
      app = await starting
      return app.addresses
    } catch (cause) {
      starting = null
      throw cause
    }
  }
  const reload = async (next: ServerConfigSource): Promise<void> => {
    if (app === null || isStopped) throw new SignetError('wrong-state', 'the server does not run')
    const options = readConfig(next, parts, log)
    const done = await app.reload(options)
    if (!done.ok) throw errorOf(done.error)
    log.setLevel(options.general.loglevel)
    config = next
  }
  const stop = async (): Promise<void> => {
    isStopped = true
    const running = await starting?.catch(() => null)
    await running?.stop()
  }
  return {
    get addresses() {
      return app === null || isStopped ? [] : app.addresses
    },
    start,
    metrics: async () => (app === null ? '' : (await app.metrics.scrape()).text),
    health: () => app?.health() ?? notServing,
    reload: (next) => {
      const done = reloading.then(() => reload(next ?? config))
      reloading = done.then(
        () => app?.metrics.configRead('done'),
        () => app?.metrics.configRead('refused'),
      )
      return done
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

const notServing = judgeHealth({ isServing: false, listeners: [], backends: [], isStoreWell: null })

function checkNames(backends: readonly AuthBackend[]): void {
  for (const [index, { name }] of backends.entries()) {
    if (!isOwnMethodName(name)) {
      const rule = 'lower-case letters, digits and _, at most 32, and no method of MongooseIM or Signet'
      throw new SignetError('backend-refused', `a backend cannot be named ${JSON.stringify(name)}: ${rule}`)
    }
    if (backends.findIndex((other) => other.name === name) !== index) {
      throw new SignetError('backend-refused', `two backends are named ${JSON.stringify(name)}`)
    }
  }
}

async function startApp(parts: ServerOptions, log: LevelLog): Promise<App> {
  const options = readConfig(parts.config, parts, log)
  log.setLevel(options.general.loglevel)
  const { backends, sessionHost, keyLogFile } = parts
  const app = createApp({
    options,
    log,
    version: version(),
    keyLogFile: keyLogFile ?? null,
    ...(backends && { backends }),
    ...(sessionHost && { sessionHost }),
  })
  const started = await app.start()
  if (!started.ok) throw errorOf(started.error)
  return app
}

/** The options of a configuration that can run; what is odd about it goes to the log. */
function readConfig(config: ServerConfigSource, parts: ServerOptions, log: Log): SignetOptions {
  const { backends = [], sessionHost, directory = '' } = parts
  const handedIn = { methods: backends.map(({ name }) => name), sessionHost: sessionHost !== undefined }
  const loaded = loadCheckedOptions(sourceOf(config, resolve(directory)), Date.now(), handedIn)
  if (!loaded.ok) throw refusedConfiguration(loaded.error.problems)
  for (const warning of loaded.value.warnings) log.warn('config_warning_found', { text: formatProblem(warning) })
  return loaded.value.options
}

function sourceOf(config: ServerConfigSource, directory: string): ConfigSource {
  if ('file' in config) return resolve(directory, config.file)
  if ('toml' in config) return { path: resolve(directory, 'configuration.toml'), text: config.toml }
  return { directory, values: config }
}
