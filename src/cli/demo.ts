/** `signet demo`: makes development certificates, starts a server that takes them, and shows what to try. */

import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { formatProblem } from '../config/problem.ts'
import { isAnswering } from '../hello/wire.ts'
import type { C2sOptions } from '../listener/c2s-options.ts'
import type { HandlerOptions } from '../listener/https/handler-options.ts'
import type { HttpOptions } from '../listener/https/options.ts'
import { type AdjustableLog, createPinoLog } from '../observe/pino-log.ts'
import { loadOptions, type SignetOptions } from '../options.ts'
import { readArguments } from './arguments.ts'
import { demoPassword, demoUsers, ensureDemoCertificates } from './demo-certificates.ts'
import { demoScreen } from './demo-screen.ts'
import {
  certificateFolder,
  commandLine,
  defaultHttpsPort,
  defaultPort,
  defaultTlsPort,
  readPort,
} from './demo-words.ts'
import { type CliIo, exitCodes } from './io.ts'
import { runApp } from './serve.ts'
import { severityOf } from './severity.ts'
import { version } from './version.ts'

interface Wanted {
  readonly port: number
  readonly tlsPort: number
  readonly httpsPort: number
  readonly directory: string
}

const configuration = new URL('../../config/demo.toml', import.meta.url)

/** Runs until SIGTERM or SIGINT; exit code 0, 64 (usage), 69 (port), 70 (no certificates, self test), 78 (configuration). */
export async function runDemo(args: readonly string[], io: CliIo): Promise<number> {
  const wanted = readWanted(args, io)
  if (typeof wanted === 'string') {
    io.stderr(`signet demo: ${wanted}\n`)
    return exitCodes.usage
  }
  const busy = await busyPort(wanted)
  if (busy !== null) {
    io.stderr(`signet demo: port ${busy} on 127.0.0.1 is in use, perhaps by another demo\n${otherPorts(wanted, io)}`)
    return exitCodes.unavailable
  }
  const certificates = await ensureDemoCertificates(wanted.directory, new Date())
  if (!certificates.ok) {
    io.stderr(`signet demo: ${certificates.error}\n`)
    return exitCodes.software
  }
  const options = await readDemoOptions(wanted, io)
  if (options === null) return exitCodes.config
  await mkdir(dirname(options.session.database), { recursive: true })
  const log = createPinoLog({
    level: severityOf(options.general.loglevel),
    form: io.isTerminal ? (io.colour ? 'colour' : 'line') : 'json',
    destination: { write: io.stdout },
  })
  const ready = (): void =>
    io.stdout(demoScreen({ ...wanted, version: version(), certificates: certificates.value }, io))
  const code = await runApp({
    options,
    log: io.isTerminal ? decisionsOnly(log) : log,
    io,
    reread: () => readDemoOptions(wanted, io),
    ready,
  })
  if (code === exitCodes.unavailable) io.stderr(otherPorts(wanted, io))
  return code
}

/** For people who watch: the screen says what listens, and a decision says what becomes of a connection. */
function decisionsOnly(log: AdjustableLog): AdjustableLog {
  const info: AdjustableLog['info'] = (event, fields) =>
    event === 'login_decision_made' ? log.info(event, fields) : log.debug(event, fields)
  return { ...log, info }
}

function readWanted(args: readonly string[], io: CliIo): Wanted | string {
  const parsed = readArguments(args, {
    port: { type: 'string' },
    'tls-port': { type: 'string' },
    'https-port': { type: 'string' },
    dir: { type: 'string' },
  })
  if (!parsed.ok) return parsed.error
  const { values, positionals } = parsed.value
  if (positionals.length > 0) return `takes options only, not '${positionals.join(' ')}'`
  const port = readPort(values.port, defaultPort)
  const tlsPort = readPort(values['tls-port'], defaultTlsPort)
  const httpsPort = readPort(values['https-port'], defaultHttpsPort)
  if (port === null || tlsPort === null || httpsPort === null) return 'ports are numbers from 1 to 65535'
  const ports = { port, tlsPort, httpsPort }
  if (new Set(Object.values(ports)).size < 3) {
    return `the ports must differ, and they are ${port}, ${tlsPort} and ${httpsPort} (--port, --tls-port, --https-port)`
  }
  return { ...ports, directory: certificateFolder(values.dir, io) }
}

/** Asked before the database is opened, whose lock would otherwise be the first to speak of another demo. */
async function busyPort({ port, tlsPort, httpsPort }: Wanted): Promise<number | null> {
  for (const each of [port, tlsPort, httpsPort]) if (await isAnswering('127.0.0.1', each)) return each
  return null
}

/** config/demo.toml with the ports and the folder of the command line; null, with the problems printed, when it is bad. */
async function readDemoOptions(wanted: Wanted, io: CliIo): Promise<SignetOptions | null> {
  // An installed package is not the place for a database, so the file is read as if it lay below the current directory.
  const path = resolve(io.cwd, 'config', 'demo.toml')
  const folder = `${JSON.stringify(wanted.directory).slice(0, -1)}/`
  const text = (await readFile(configuration, 'utf8')).replaceAll('"../certs/', () => folder)
  const loaded = loadOptions({ path, text })
  const findings = loaded.ok ? loaded.value.warnings : [...loaded.error.problems, ...loaded.error.warnings]
  for (const finding of findings) io.stderr(`${formatProblem(finding)}\n`)
  if (!loaded.ok) return null
  const { options } = loaded.value
  return {
    ...options,
    c2s: options.c2s.map((listener) => relocated(listener, wanted)),
    http: options.http.map((listener) => relocatedHttp(listener, wanted)),
    session: { ...options.session, database: databaseOf(options, wanted) },
  }
}

function relocated(listener: C2sOptions, wanted: Wanted): C2sOptions {
  const port = listener.tls.identity !== null && listener.tls.mode === 'tls' ? wanted.tlsPort : wanted.port
  return { ...listener, port, name: `c2s ${listener.ipAddress}:${port}` }
}

function relocatedHttp(listener: HttpOptions, { httpsPort, directory }: Wanted): HttpOptions {
  const name = `http ${listener.ipAddress}:${httpsPort}`
  const handlers = listener.handlers.map((handler) => withHelp(handler, directory))
  return { ...listener, port: httpsPort, name, handlers }
}

/** The page says where the certificates are in this run, in a form to paste into a browser's file dialog. */
function withHelp(handler: HandlerOptions, directory: string): HandlerOptions {
  if (handler.name !== 'signet_chat_handler') return handler
  const files = demoUsers.map((user) => join(directory, `${user}.p12`)).join(' and ')
  const certificateHelp = `The demo has made two: ${files}, both with the password “${demoPassword}”. Import one of them.`
  return { ...handler, options: { ...handler.options, certificateHelp } }
}

/** Demos on different ports run side by side, so each has a database of its own. */
function databaseOf({ session }: SignetOptions, { port }: Wanted): string {
  return port === defaultPort ? session.database : session.database.replace(/\.sqlite$/, `-${port}.sqlite`)
}

/** What to type when a port is taken: the same command on ports further on. */
function otherPorts(wanted: Wanted, io: CliIo): string {
  const further = (port: number): string => `${port + 100 <= 65_535 ? port + 100 : port - 100}`
  const { port, tlsPort, httpsPort } = wanted
  const ports = ['--port', further(port), '--tls-port', further(tlsPort), '--https-port', further(httpsPort)]
  return `\nTo run the demo on other ports:\n\n  ${commandLine('start', io, ...ports)}\n\n`
}
