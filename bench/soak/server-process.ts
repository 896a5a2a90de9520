/** The server under soak: a process as users run it, its log read as it comes and counted rather than kept. */

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Ports } from './guest.ts'
import { doorNames } from './site.ts'

/** A running server. Disposing of it stops it. */
export interface SoakServer extends AsyncDisposable {
  readonly pid: number
  readonly ports: Ports
  /** Log events by name. */
  readonly events: ReadonlyMap<string, number>
  /** Handshakes that came to nothing, by the reason that the log gives. */
  readonly handshakes: ReadonlyMap<string, number>
  /** Errors, warnings that are no refusals, and whatever is no log line at all: how many, and the first few. */
  readonly complaints: { readonly total: number; readonly first: readonly string[] }
  /** Where Node's inspector listens; null without `--inspect`. */
  readonly inspector: string | null
  /** Sends SIGHUP; resolves when the new configuration is in force. */
  reload(): Promise<void>
  /** Exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | string>
  /** Sends SIGTERM; gives the exit code, or the signal that it took. */
  stop(): Promise<number | string>
}

type LogLine = Readonly<Record<string, unknown>>

const startMs = 20_000
const reloadMs = 20_000
const stopMs = 15_000
const maxComplaints = 20
const inspectorWords = /^(Debugger |For help, see: |Waiting for the debugger )/

/** Starts `node [...nodeOptions] main serve --config config` and waits until it listens. */
export async function startServer(
  main: string,
  config: string,
  nodeOptions: readonly string[] = [],
): Promise<SoakServer> {
  const child = spawn(process.execPath, [...nodeOptions, main, 'serve', '--config', config], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const events = new Map<string, number>()
  const handshakes = new Map<string, number>()
  const found: number[] = []
  const first: string[] = []
  let complaints = 0
  const watchers = new Set<(line: LogLine) => void>()
  const complain = (text: string) => {
    complaints += 1
    if (first.length < maxComplaints) first.push(text)
  }
  const ended = new Promise<number | string>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'))
  })
  let inspector: string | null = null
  createInterface({ input: child.stderr }).on('line', (text) => {
    // Node says this for `--inspect`, and once more when the process has replaced itself.
    inspector = /^Debugger listening on (ws:\S+)/.exec(text)?.[1] ?? inspector
    if (!inspectorWords.test(text)) complain(text)
  })
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = readLine(text)
    if (line === null) return complain(text)
    const event = String(line['event'])
    events.set(event, (events.get(event) ?? 0) + 1)
    if (event === 'tls_handshake_failed') {
      const why = String(line['why'])
      handshakes.set(why, (handshakes.get(why) ?? 0) + 1)
    }
    if (isComplaint(line)) complain(text)
    if (event === 'listener_ready') found.push(Number(line['port']))
    for (const watch of watchers) watch(line)
  })
  const next = (event: string, limitMs: number) =>
    new Promise<void>((resolve, reject) => {
      const settle = (settled: () => void) => {
        watchers.delete(watch)
        clearTimeout(timer)
        settled()
      }
      const watch = (line: LogLine) => {
        if (line['event'] === event) settle(resolve)
        if (line['event'] === 'config_reload_refused') settle(() => reject(new Error(String(line['why']))))
      }
      const timer = setTimeout(() => settle(() => reject(new Error(`no ${event}: ${first.join('\n')}`))), limitMs)
      watchers.add(watch)
      void ended.then((code) => settle(() => reject(new Error(`ended with ${code}: ${first.join('\n')}`))))
    })
  const stop = async () => {
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMs)
    child.kill('SIGTERM')
    const code = await ended
    clearTimeout(timer)
    return code
  }
  await next('signet_ready', startMs)
  if (child.pid === undefined || found.length !== doorNames.length) throw new Error('the server did not start')
  const [starttls = 0, direct = 0, strict = 0] = found
  return {
    pid: child.pid,
    ports: { starttls, direct, strict },
    events,
    handshakes,
    get inspector() {
      return inspector
    },
    get complaints() {
      return { total: complaints, first }
    },
    reload: () => {
      const done = next('config_reload_done', reloadMs)
      child.kill('SIGHUP')
      return done
    },
    ended,
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  }
}

/** A refused login is a warning, and what a soak provokes all the time. */
function isComplaint({ level, event }: LogLine): boolean {
  if (level === 'warn') return event !== 'login_decision_made' && event !== 'tls_certificate_refused'
  return level !== 'info' && level !== 'debug'
}

function readLine(text: string): LogLine | null {
  try {
    const line: unknown = JSON.parse(text)
    return typeof line === 'object' && line !== null ? (line as LogLine) : null
  } catch {
    return null
  }
}
