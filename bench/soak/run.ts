/** A soak from start to end: a server, a crowd, a look every few seconds, and what is left when all have gone. */

import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from '../../test/support/pki/random.ts'
import { connectSecure } from '../../test/support/xmpp-client.ts'
import { receiveCrowd } from './crowd.ts'
import { type LiveHeap, openLiveHeap } from './live-heap.ts'
import { filesOf, type Sample, sampleProcess } from './samples.ts'
import { type SoakServer, startServer } from './server-process.ts'
import { domain, openSite, type SoakSite } from './site.ts'
import { quantile } from './statistics.ts'
import { createTally, type Surprises, type Tally } from './tally.ts'
import { enrollAll, type Place, stay } from './visits.ts'

/** What to do. */
export interface SoakPlan {
  readonly minutes: number
  /** Visits a second; half of what one core can do when null. */
  readonly rate: number | null
  readonly seed: number
  /** The server's script. */
  readonly main: string
  readonly nodeOptions: readonly string[]
  /** Hears how it goes, a line at a time. */
  readonly say: (line: string) => void
}

/** Times of one interval, milliseconds. */
export interface IntervalTimes {
  readonly atSeconds: number
  readonly loginP50: number
  readonly loginP99: number
  readonly messageP50: number
  readonly messageP99: number
}

/** JavaScript objects that were alive, KB of 1024 bytes. */
export interface HeapSample {
  readonly atSeconds: number
  readonly liveKb: number
}

/** What came of it. */
export interface SoakOutcome {
  readonly plan: Pick<SoakPlan, 'minutes' | 'seed'>
  readonly rate: number
  /** Visits a second that one core could serve, by the processor time of a visit. */
  readonly capacity: number
  readonly samples: readonly Sample[]
  readonly times: readonly IntervalTimes[]
  /** Once a minute, where the server was started with an inspector. */
  readonly heaps: readonly HeapSample[]
  /** Live heap after the last client is gone; null without an inspector. */
  readonly liveKbAtEnd: number | null
  readonly counts: Readonly<Record<string, number>>
  readonly events: Readonly<Record<string, number>>
  readonly skipped: number
  readonly reloads: number
  readonly surprises: Surprises
  /** Handshakes that the server gave up, by reason. */
  readonly handshakes: Readonly<Record<string, number>>
  readonly complaints: SoakServer['complaints']
  /** Open files before the first client and after the last. */
  readonly idle: { readonly before: Record<string, number>; readonly after: Record<string, number> }
  /** Memory after the last client is gone, KB. */
  readonly anonymousKbAtEnd: number
  readonly exit: number | string
}

const personCount = 1_000
/** The last of them stay all the time. */
const stayerCount = 100
const sampleEveryMs = 5_000
const reloadEveryMs = 60_000
const calibration = { rate: 15, seconds: 20 }
const maxPauseMs = 2_000
/** The longest that the server may keep a connection whose client is silent (`login_timeout`), and some more. */
const idleLimitMs = 75_000

/** Runs it. Throws when the server does not start; all else is in the outcome. */
export async function runSoak(plan: SoakPlan): Promise<SoakOutcome> {
  await using site = await openSite(personCount)
  await using server = await startServer(plan.main, site.config, plan.nodeOptions)
  const tally = createTally()
  const random = createRandom(plan.seed)
  const place: Place = { ports: server.ports, tally, site, random, maxPauseMs, waitsForTimeouts: true }
  // The inspector's own connection is one of the open files, before the first client and after the last.
  using heap = server.inspector === null ? null : await openLiveHeap(server.inspector)
  const before = filesOf(server.pid)
  await enrollAll(place)
  plan.say('everybody has an account')
  tally.takeTimes()
  const watch = observe(server, tally, heap, plan.say)
  const gone = new AbortController()
  const staying = site.people
    .slice(-stayerCount)
    .map((person) => stay(place, person, gone.signal).catch((cause: unknown) => tally.surprise('stay', cause)))
  const capacity = await measureCapacity(server, place)
  const rate = plan.rate ?? capacity / 2
  plan.say(`one core serves ${capacity.toFixed(0)} visits a second; the rate is ${rate.toFixed(1)}`)
  const reloads = reloadRegularly(server, site, place, gone.signal)
  let skipped = 0
  const over = AbortSignal.timeout(plan.minutes * 60_000)
  const people = site.people.slice(0, -stayerCount)
  await receiveCrowd(place, { people, rate, signal: over, onSkip: () => (skipped += 1) })
  gone.abort()
  await Promise.all(staying)
  const reloadCount = await reloads
  const { samples, times, heaps } = watch.stop()
  plan.say('everybody has left')
  const after = await awaitFiles(server.pid, before)
  const { anonymousKb } = sampleProcess(server.pid, 0)
  const heapAtEnd = heap === null ? null : await heap.measure()
  // A process whose inspector is connected waits at its end.
  heap?.[Symbol.dispose]()
  const exit = await server.stop()
  return {
    plan: { minutes: plan.minutes, seed: plan.seed },
    rate,
    capacity,
    samples,
    times,
    heaps,
    liveKbAtEnd: heapAtEnd === null ? null : heapAtEnd / 1024,
    counts: Object.fromEntries(tally.counts),
    events: Object.fromEntries(server.events),
    handshakes: Object.fromEntries(server.handshakes),
    skipped,
    reloads: reloadCount,
    surprises: tally.surprises,
    complaints: server.complaints,
    idle: { before, after },
    anonymousKbAtEnd: anonymousKb,
    exit,
  }
}

/** By the processor time that visits at a low rate take. */
async function measureCapacity({ pid }: SoakServer, place: Place): Promise<number> {
  const { rate, seconds } = calibration
  const people = place.site.people.slice(0, -stayerCount)
  const quick: Place = { ...place, waitsForTimeouts: false }
  const began = place.tally.counts.get('visits') ?? 0
  const cpuBefore = sampleProcess(pid, 0).cpuMs
  await receiveCrowd(quick, { people, rate, signal: AbortSignal.timeout(seconds * 1000), onSkip: () => undefined })
  const visits = (place.tally.counts.get('visits') ?? 0) - began
  return (visits * 1000) / (sampleProcess(pid, 0).cpuMs - cpuBefore)
}

function observe(server: SoakServer, tally: Tally, heap: LiveHeap | null, say: SoakPlan['say']) {
  const began = performance.now()
  const heaps: HeapSample[] = []
  const weigh = async (atSeconds: number) => {
    try {
      if (heap !== null) heaps.push({ atSeconds, liveKb: (await heap.measure()) / 1024 })
    } catch (cause) {
      tally.surprise('heap', cause)
    }
  }
  const samples: Sample[] = []
  const times: IntervalTimes[] = []
  const look = () => {
    const atSeconds = (performance.now() - began) / 1000
    samples.push(sampleProcess(server.pid, atSeconds))
    if (samples.length % 12 !== 0) return
    void weigh(atSeconds)
    const taken = tally.takeTimes()
    const at = (what: string, share: number) => quantile(taken.get(what) ?? [], share)
    times.push({
      atSeconds,
      loginP50: at('login', 0.5),
      loginP99: at('login', 0.99),
      messageP50: at('message', 0.5),
      messageP99: at('message', 0.99),
    })
    say(describe(samples.at(-1), times.at(-1), tally))
  }
  const timer = setInterval(look, sampleEveryMs)
  return {
    stop: () => {
      clearInterval(timer)
      return { samples, times, heaps }
    },
  }
}

function describe(sample: Sample | undefined, times: IntervalTimes | undefined, tally: Tally): string {
  if (sample === undefined || times === undefined) return ''
  const minute = (sample.atSeconds / 60).toFixed(0)
  const logins = `login p50 ${times.loginP50.toFixed(0)} p99 ${times.loginP99.toFixed(0)} ms`
  const sockets = sample.files['socket'] ?? 0
  return `minute ${minute}: ${sample.anonymousKb} KB, ${sockets} sockets, ${logins}, ${tally.surprises.total} surprises`
}

/** A new server certificate each minute, which the next connection must get to see. Gives the number of reloads. */
async function reloadRegularly(server: SoakServer, site: SoakSite, place: Place, signal: AbortSignal): Promise<number> {
  for (let count = 0; ; count += 1) {
    await sleep(reloadEveryMs, null, { signal }).catch(() => null)
    if (signal.aborted) return count
    try {
      const due = await site.renewServer()
      await server.reload()
      const shown = await certificateAt(server.ports.direct)
      if (shown !== due) place.tally.surprise('reload', `the server shows ${shown} instead of ${due}`)
    } catch (cause) {
      place.tally.surprise('reload', cause)
    }
  }
}

async function certificateAt(port: number): Promise<string> {
  using client = await connectSecure({ port, door: 'direct', domain })
  const { socket } = client
  return 'getPeerCertificate' in socket && typeof socket.getPeerCertificate === 'function'
    ? String(socket.getPeerCertificate().fingerprint256)
    : ''
}

/** Looks until the files are those of before, or for as long as the server may keep a silent connection. */
async function awaitFiles(pid: number, due: Record<string, number>): Promise<Record<string, number>> {
  const deadline = performance.now() + idleLimitMs
  for (;;) {
    const files = filesOf(pid)
    if (JSON.stringify(files) === JSON.stringify(due) || performance.now() > deadline) return files
    await sleep(100)
  }
}
