/** The bars that Signet is held to, and whether it clears them. */

import type { SessionMemory } from './memory.ts'
import type { Lap } from './rounds.ts'
import { medianOf, ratiosOf, type Spread, spreadOf } from './statistics.ts'

/** What was measured of one contestant. */
export interface Finding {
  readonly key: string
  readonly title: string
  readonly work: 'login' | 'handshake'
  readonly laps: readonly Lap[]
  readonly memory: SessionMemory | null
}

/** One bar. */
export interface Bar {
  readonly what: string
  readonly most: number
  readonly unit: string
  /** Over rounds, for ratios; null when it was not measured. */
  readonly measured: Spread | null
  readonly isCleared: boolean | null
}

/** Processor time of one contestant over another's, in the same round. */
export function cpuRatio(finding: Finding | undefined, base: Finding | undefined): Spread | null {
  if (finding === undefined || base === undefined || finding.laps.length === 0 || base.laps.length === 0) return null
  return spreadOf(
    ratiosOf(
      finding.laps.map(({ cpuMs }) => cpuMs),
      base.laps.map(({ cpuMs }) => cpuMs),
    ),
  )
}

/** The bars for these findings; `identityUs` is null when it was not measured. */
export function judgeBars(findings: readonly Finding[], identityUs: Spread | null): Bar[] {
  const byKey = new Map(findings.map((finding) => [finding.key, finding]))
  const signet = byKey.get('signet')
  const memory = signet?.memory ?? null
  const held = memory === null ? null : spreadOf([memory.kbPerSession])
  return [
    bar('a whole login ÷ a bare handshake on the same Node', 1.25, '', cpuRatio(signet, byKey.get('node-tls'))),
    bar('a whole login ÷ the same on ejabberd', 0.55, '', cpuRatio(signet, byKey.get('ejabberd'))),
    bar('a whole login ÷ the same on Prosody', 0.2, '', cpuRatio(signet, byKey.get('prosody'))),
    bar('a login over WebSocket ÷ the same over TCP', 1.25, '', cpuRatio(byKey.get('signet-websocket'), signet)),
    bar('from a certificate to a JID, at first sight', 25, 'µs', identityUs),
    bar('memory of an idle session', 50, 'KB', held),
  ]
}

function bar(what: string, most: number, unit: string, measured: Spread | null): Bar {
  return { what, most, unit, measured, isCleared: measured === null ? null : measured.median <= most }
}

/** Median of one figure of the laps; NaN for no laps. */
export function lapMedian(laps: readonly Lap[], figure: (lap: Lap) => number): number {
  return laps.length === 0 ? Number.NaN : medianOf(laps.map(figure))
}
