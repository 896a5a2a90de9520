/** A child process that speaks in JSON lines: events are awaited by predicate and deadline, never by sleeping. */

import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** One line of the child's standard output. */
export type ChildEvent = Readonly<Record<string, unknown>>

/** What to run. */
export interface ChildOptions {
  /** Says in failures which child is meant. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** User and group to run as; needs root. */
  readonly owner?: { readonly uid: number; readonly gid: number }
}

/** A running child. Disposing ends it by its process id. */
export interface Child extends AsyncDisposable {
  readonly name: string
  /** Process id; undefined when the command could not be run. */
  readonly pid: number | undefined
  /** Every event so far, oldest first. */
  readonly events: readonly ChildEvent[]
  /** The last lines of either output. */
  readonly said: string
  /**
   * The first event, past or future, that matches. Rejects when the child ends or the deadline passes
   * without one; the error holds what the child said.
   */
  next(what: string, matches: (event: ChildEvent) => boolean, deadlineMs?: number): Promise<ChildEvent>
  /** The first plain line of either output that the pattern matches; same terms as `next`. */
  line(pattern: RegExp, deadlineMs?: number): Promise<RegExpExecArray>
  /** Sends one line to the child. */
  say(line: string): void
  /** Exit code, or the name of the signal that ended the child; 127 when the command could not be run. */
  readonly ended: Promise<number | NodeJS.Signals>
  /** Asks the child to end, by signal, and waits; kills it after `stopMs`. */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>
}

const defaultDeadlineMs = 15_000
const stopMs = 8_000
/** Part of every Debian (util-linux); becomes the command without another process in between. */
const setpriv = '/usr/bin/setpriv'
const maxTranscriptLines = 400
const shownTranscriptLines = 60

interface Waiter {
  settle(): boolean
  reject(error: Error): void
}

/** Starts a child. Throws nothing itself: a command that cannot run rejects every wait. */
export function startChild(options: ChildOptions): Child {
  const running = spawn(setpriv, [...privileges(options.owner), options.command, ...options.args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
  })
  const events: ChildEvent[] = []
  const transcript: string[] = []
  const waiters = new Set<Waiter>()
  let gone: string | null = null

  function settleAll(): void {
    for (const waiter of waiters) if (waiter.settle()) waiters.delete(waiter)
  }
  function hear(line: string): void {
    transcript.push(line)
    if (transcript.length > maxTranscriptLines) transcript.shift()
    const event = parseEvent(line)
    if (event !== null) events.push(event)
    settleAll()
  }
  createInterface({ input: running.stdout }).on('line', hear)
  createInterface({ input: running.stderr }).on('line', hear)
  running.stdin.on('error', () => undefined)

  const ended = whenEnded(running).then((code) => {
    gone = `ended with ${code}`
    settleAll()
    for (const waiter of waiters) waiter.reject(fault(options.name, gone, transcript))
    waiters.clear()
    return code
  })

  function wait<T>(what: string, find: () => T | null, deadlineMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiters.delete(waiter)
        reject(fault(options.name, `no ${what} within ${deadlineMs} ms`, transcript))
      }, deadlineMs)
      const waiter: Waiter = {
        settle() {
          const found = find()
          if (found === null) return false
          clearTimeout(timer)
          resolve(found)
          return true
        },
        reject(error) {
          clearTimeout(timer)
          reject(new Error(`waiting for ${what}: ${error.message}`))
        },
      }
      if (waiter.settle()) return
      if (gone === null) waiters.add(waiter)
      else waiter.reject(fault(options.name, gone, transcript))
    })
  }

  async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals> {
    running.kill(signal)
    const timer = setTimeout(() => running.kill('SIGKILL'), stopMs)
    const code = await ended
    clearTimeout(timer)
    return code
  }

  return {
    name: options.name,
    pid: running.pid,
    events,
    get said() {
      return transcript.slice(-shownTranscriptLines).join('\n')
    },
    next: (what, matches, deadlineMs = defaultDeadlineMs) => wait(what, () => events.find(matches) ?? null, deadlineMs),
    line: (pattern, deadlineMs = defaultDeadlineMs) =>
      wait(`line ${pattern}`, () => firstMatch(transcript, pattern), deadlineMs),
    say: (line) => void running.stdin.write(`${line}\n`),
    ended,
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  }
}

// However the test run ends, killed included, the kernel then ends the child.
function privileges(owner: ChildOptions['owner']): readonly string[] {
  const identity = owner === undefined ? [] : ['--reuid', `${owner.uid}`, '--regid', `${owner.gid}`, '--clear-groups']
  return ['--pdeathsig', 'TERM', ...identity]
}

function parseEvent(line: string): ChildEvent | null {
  if (!line.startsWith('{')) return null
  try {
    return JSON.parse(line) as ChildEvent
  } catch {
    return null
  }
}

function firstMatch(lines: readonly string[], pattern: RegExp): RegExpExecArray | null {
  for (const line of lines) {
    const match = pattern.exec(line)
    if (match !== null) return match
  }
  return null
}

function whenEnded(running: ChildProcess): Promise<number | NodeJS.Signals> {
  return new Promise((resolve) => {
    running.once('error', () => resolve(127))
    running.once('close', (code, signal) => resolve(code ?? signal ?? 127))
  })
}

function fault(name: string, what: string, transcript: readonly string[]): Error {
  return new Error(`${name}: ${what}\n${transcript.slice(-shownTranscriptLines).join('\n')}`)
}
