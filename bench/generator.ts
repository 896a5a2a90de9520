/** Runs the load generator and reads its report. */

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import type { BenchPki } from './pki.ts'
import { domain } from './pki.ts'
import { generatorCore } from './servers/server.ts'

const reportShape = z.object({
  started: z.number(),
  succeeded: z.number(),
  failed: z.number(),
  /** By stage and reason. */
  failures: z.record(z.string(), z.number()),
  /** Sessions that are up. */
  held: z.number(),
  /** Sessions that were up and are not any more. */
  lost: z.number(),
  /** Connections that the server did not close in time after the goodbye. */
  unclosed: z.number(),
  seconds: z.number(),
  perSecond: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  maxMs: z.number(),
})

/** What the generator says of a run. */
export type LoadReport = z.infer<typeof reportShape>

/** Where to log in, and with what. */
export interface LoadTarget {
  /** Path of the generator. */
  readonly program: string
  readonly pki: BenchPki
  readonly port: number
  /** How the door at this port is entered; by STARTTLS when left out. */
  readonly door?: Door
}

/** The ways in that the generator knows. */
export type Door = 'starttls' | 'direct' | 'websocket' | 'bosh'

/** Where Signet has XMPP over WebSocket when nobody says otherwise; other servers are told to have it there. */
export const webSocketPath = '/ws-xmpp'

/** The same for BOSH. */
export const boshPath = '/http-bind'

const doorFlags: Readonly<Record<Door, readonly string[]>> = {
  starttls: [],
  direct: ['--direct'],
  websocket: ['--websocket', webSocketPath],
  bosh: ['--bosh', boshPath],
}

/** How to log in. */
export interface LoadPlan {
  readonly logins: number
  readonly concurrency?: number
  /** Logins started per second; as fast as they end when left out. */
  readonly rate?: number
  readonly handshakeOnly?: boolean
  readonly direct?: boolean
  /** Shows no certificate, or one of a CA that nobody trusts. */
  readonly show?: 'none' | 'stranger'
  /** Comes in turn from so many loopback addresses, from this one on. */
  readonly source?: { readonly first: string; readonly count: number }
  readonly timeoutMs?: number
  /** Asks for this JID. */
  readonly authzid?: string
}

/** Logs in and out as planned. Throws when the generator itself fails; failed logins are in the report. */
export async function generateLoad(target: LoadTarget, plan: LoadPlan): Promise<LoadReport> {
  const child = start(target, [
    '--logins',
    String(plan.logins),
    '--concurrency',
    String(plan.concurrency ?? 16),
    ...(plan.rate === undefined ? [] : ['--rate', String(plan.rate)]),
    ...(plan.source === undefined ? [] : ['--source', plan.source.first, '--sources', String(plan.source.count)]),
    ...(plan.timeoutMs === undefined ? [] : ['--timeout', String(plan.timeoutMs)]),
    ...(plan.handshakeOnly === true ? ['--handshake-only'] : []),
    ...(plan.direct === true ? ['--direct'] : []),
    ...(plan.show === 'none' ? ['--no-certificate'] : []),
    ...(plan.authzid === undefined ? [] : ['--authzid', plan.authzid]),
    '--certs',
    plan.show === 'stranger' ? target.pki.strangers : target.pki.clients,
  ])
  for await (const report of child.reports) return report
  throw new Error('the load generator ended without a report')
}

/** Sessions that stay up. Disposing of it drops them all at once. */
export interface HeldSessions extends AsyncDisposable {
  /** Goes on to the next number of sessions; resolves when they are up. */
  next(): Promise<LoadReport>
}

/** Logs in and keeps the sessions, in steps. */
export function holdSessions(target: LoadTarget, steps: readonly number[], handshakeOnly: boolean): HeldSessions {
  const flags = ['--hold', steps.join(','), '--concurrency', '16', '--certs', target.pki.clients]
  const child = start(target, handshakeOnly ? [...flags, '--handshake-only'] : flags)
  const reports = child.reports[Symbol.asyncIterator]()
  let isFirst = true
  return {
    next: async () => {
      if (!isFirst) child.say('\n')
      isFirst = false
      const { value, done } = await reports.next()
      if (done === true || value === undefined) throw new Error('the load generator ended without a report')
      return value
    },
    [Symbol.asyncDispose]: child.end,
  }
}

interface Running {
  readonly reports: AsyncIterable<LoadReport>
  say(text: string): void
  end(): Promise<void>
}

function start({ program, pki, port, door = 'starttls' }: LoadTarget, flags: readonly string[]): Running {
  const args = ['--port', String(port), '--domain', domain, '--ca', pki.ca, ...doorFlags[door], ...flags]
  const child = spawn('taskset', ['-c', String(generatorCore), program, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  async function* read(): AsyncGenerator<LoadReport> {
    for await (const line of createInterface({ input: child.stdout })) yield reportShape.parse(JSON.parse(line))
  }
  return {
    reports: read(),
    say: (text) => void child.stdin.write(text),
    end: async () => {
      child.stdin.end()
      await ended
    },
  }
}
