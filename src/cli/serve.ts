/** `signet serve`: runs the server of a configuration file. */

import { type AppFault, createApp } from '../app.ts'
import { formatProblem } from '../config/problem.ts'
import type { AdjustableLog } from '../observe/pino-log.ts'
import type { SignetOptions } from '../options.ts'
import { readArguments } from './arguments.ts'
import { givenPath } from './given-path.ts'
import { type CliIo, exitCodes } from './io.ts'
import { readAll } from './read-all.ts'
import { createServerLog } from './server-log.ts'
import { severityOf } from './severity.ts'
import { version } from './version.ts'

/** Runs until SIGTERM or SIGINT; exit code 0, 64 (usage), 69 (port), 70 (self test), 78 (configuration). */
export async function runServe(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = readArguments(args, { config: { type: 'string', short: 'c' } })
  if (!parsed.ok || parsed.value.values.config === undefined || parsed.value.positionals.length > 0) {
    io.stderr(`signet serve: ${parsed.ok ? '--config FILE is needed, and nothing else' : parsed.error}\n`)
    return exitCodes.usage
  }
  const file = givenPath(parsed.value.values.config, io)
  const loaded = await readChecked(file, io)
  if (loaded === null) return exitCodes.config
  const { log, lost, flush } = createServerLog(severityOf(loaded.general.loglevel), io)
  // A fault that ends the process is what the last lines tell of.
  process.once('exit', flush)
  const code = await runApp({ options: loaded, log, lostLogLines: lost, io, reread: () => rereadLogged(file, log) })
  process.off('exit', flush)
  flush()
  return code
}

/** What a server command runs. */
export interface AppRun {
  readonly options: SignetOptions
  readonly log: AdjustableLog
  /** Lines of the log that could not be written; none when left out. */
  readonly lostLogLines?: () => number
  readonly io: CliIo
  /** The configuration as it stands now, for SIGHUP; null when it is refused, its problems logged. */
  readonly reread: () => Promise<SignetOptions | null>
  /** Called when all listeners are open. */
  readonly ready?: () => void
}

/** Starts an app, serves until a signal ends it, and drains it. */
export async function runApp({ options, log, lostLogLines, io, reread, ready }: AppRun): Promise<number> {
  const app = createApp({
    options,
    log,
    keyLogFile: io.env['SSLKEYLOGFILE'] ?? null,
    version: version(),
    ...(lostLogLines && { lostLogLines }),
  })
  // From the first moment on: a stop during the start is a drain too, and not the end of the process.
  const stopping = awaitStop(io)
  const started = await app.start()
  if (!started.ok) {
    stopping.off()
    io.stderr(`signet: ${faultText(started.error)}\n`)
    return codeOf(started.error)
  }
  log.info('signet_ready', { version: version(), listeners: started.value.length })
  ready?.()
  const reload = async () => {
    const next = await reread()
    const done = next && (await app.reload(next))
    app.metrics.configRead(done?.ok ? 'done' : 'refused')
    if (next === null || done === null) return
    if (!done.ok) log.error('config_reload_refused', { why: faultText(done.error) })
    else {
      log.setLevel(severityOf(next.general.loglevel))
      log.info('config_reload_done')
    }
  }
  // One reload after the other: each is whole before the next begins. A signal that came during the start has been kept.
  let reloading = Promise.resolve()
  const offHup = io.onSignal('SIGHUP', () => {
    reloading = reloading.then(reload).catch((cause) => log.error('signet_fault', { cause }))
  })
  log.info('signet_stopping', { signal: await stopping.signal })
  await app.stop()
  stopping.off()
  offHup()
  log.info('signet_stopped')
  return exitCodes.ok
}

interface Stopping {
  readonly signal: Promise<string>
  /** Gives the signals back. */
  readonly off: () => void
}

/** Keeps the signals until the drain is over: npm passes Ctrl-C on to a process that has had it from the terminal already. */
function awaitStop(io: CliIo): Stopping {
  const { promise, resolve } = Promise.withResolvers<string>()
  const offs = (['SIGTERM', 'SIGINT'] as const).map((signal) => io.onSignal(signal, () => resolve(signal)))
  const off = (): void => {
    for (const giveBack of offs) giveBack()
  }
  return { signal: promise, off }
}

function codeOf(fault: AppFault): number {
  switch (fault.kind) {
    case 'port':
      return exitCodes.unavailable
    case 'self-test':
      return exitCodes.software
    case 'part':
      return exitCodes.config
  }
}

/** A fault of the start in words, with what to do. */
export function faultText(fault: AppFault): string {
  if (fault.kind === 'part') return `${fault.part}: ${fault.why}`
  if (fault.kind === 'self-test') {
    const found = fault.faults.map(({ property, why }) => `  - ${property}: it ${why}\n`).join('')
    const heading = `Node ${process.version} does not do what logins by certificate rest on, so nothing was started:`
    return `${heading}\n${found}Run Signet with another release of Node; the one that it is tested with comes along with it.`
  }
  const { address, port, code, name } = fault.fault
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} on ${address} is in use (${name}): stop what listens there, or choose another port`
    case 'EACCES':
      return `port ${port} on ${address} may not be opened by this user (${name}): choose a port of 1024 or above`
    case 'EADDRNOTAVAIL':
      return `${address} is no address of this machine (${name}): set ip_address to one that is`
    default:
      return `port ${port} on ${address} cannot be opened (${name}): ${code}`
  }
}

/** Loads the file and prints what is wrong or odd; null when it cannot run. */
async function readChecked(file: string, io: CliIo): Promise<SignetOptions | null> {
  const { options, problems } = readAll(file)
  const style = { excerpt: io.isTerminal, colour: io.colour }
  for (const problem of problems) io.stderr(`${formatProblem(problem, style)}\n`)
  return options
}

async function rereadLogged(file: string, log: AdjustableLog): Promise<SignetOptions | null> {
  const { options, problems } = readAll(file)
  for (const problem of problems) {
    const isError = problem.severity === 'error'
    const event = isError ? 'config_problem_found' : 'config_warning_found'
    log[isError ? 'error' : 'warn'](event, { text: formatProblem(problem) })
  }
  if (options === null) log.error('config_reload_refused', { why: 'the old configuration goes on' })
  return options
}
