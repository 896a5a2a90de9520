/** A soak's outcome in words, and whether it is what it must be. */

import type { SoakOutcome } from './run.ts'
import { countFiles } from './samples.ts'
import { fitLine, minuteMedians, quantile } from './statistics.ts'

/** Minutes at the start in which caches fill and the heap finds its size. */
export const warmUpMinutes = 5

/** The report as Markdown. */
export function formatReport(outcome: SoakOutcome): string {
  const { counts, events, idle, surprises, complaints } = outcome
  const list = (record: Readonly<Record<string, number>>) =>
    Object.entries(record)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')
  return [
    `- **Rate**: ${outcome.rate.toFixed(1)} visits a second; one core serves ${outcome.capacity.toFixed(0)}. Skipped: ${outcome.skipped}.`,
    `- **Visits**: ${list(counts)}.`,
    `- **Server log**: ${list(events)}. Reloads: ${outcome.reloads}.`,
    `- **Surprises**: ${surprises.total}. **Complaints of the server**: ${complaints.total}.`,
    ...Object.entries(surprises.groups).map(([words, count]) => `  - ${count} × ${words}`),
    ...complaints.first.map((words) => `  - ${words}`),
    `- **Handshakes that came to nothing**: ${list(outcome.handshakes)}.`,
    `- **Memory**: ${memoryWords(outcome)}`,
    `- **Live heap**: ${heapWords(outcome)}`,
    `- **Processor**: ${cpuWords(outcome)}`,
    `- **Open files**: ${countFiles(idle.before)} before the first client, ${countFiles(idle.after)} after the last (${list(idle.after)}).`,
    `- **Threads**: ${[...new Set(outcome.samples.map(({ threads }) => threads))].join(', ')}.`,
    `- **Exit** after SIGTERM: ${outcome.exit}.`,
    '',
    '| minute | RssAnon KB | sockets | login p50 | p99 | message p50 | p99 ms |',
    '|---:|---:|---:|---:|---:|---:|---:|',
    ...rows(outcome),
  ].join('\n')
}

/** What is wrong with an outcome; empty when all is well. */
export function faultsOf({ idle, surprises, exit, complaints, events }: SoakOutcome): string[] {
  const faults: string[] = []
  if (surprises.total > 0) faults.push(`${surprises.total} visits did not go as they must`)
  if (complaints.total > 0) faults.push(`the server complained ${complaints.total} times`)
  if ((events['session_fault'] ?? 0) + (events['store_fault'] ?? 0) > 0) faults.push('the server logged faults')
  if (JSON.stringify(idle.before) !== JSON.stringify(idle.after)) {
    faults.push(`open files: ${JSON.stringify(idle.before)} became ${JSON.stringify(idle.after)}`)
  }
  if (exit !== 0) faults.push(`the server ended with ${exit}`)
  return faults
}

/** KB a minute with its margin, from the medians of whole minutes behind the warm-up. */
export function memorySlope(outcome: SoakOutcome, fromMinute = warmUpMinutes) {
  const medians = minuteMedians(outcome.samples, ({ anonymousKb }) => anonymousKb)
  return fitLine(medians.slice(0, -1).filter(([minute]) => minute >= fromMinute))
}

function memoryWords(outcome: SoakOutcome): string {
  const line = memorySlope(outcome)
  const range = outcome.samples.map(({ anonymousKb }) => anonymousKb)
  const span = `${quantile(range, 0)} to ${quantile(range, 1)} KB, ${outcome.anonymousKbAtEnd} KB after the last client`
  if (line === null) return `${span}; too short for a slope.`
  return `${line.slope.toFixed(1)} ± ${line.slopeMargin.toFixed(1)} KB a minute (95 %, ${line.points} minutes behind a warm-up of ${warmUpMinutes}); ${span}.`
}

function heapWords({ heaps, liveKbAtEnd }: SoakOutcome): string {
  const points = heaps.map(({ atSeconds, liveKb }) => [atSeconds / 60, liveKb] as const)
  const line = fitLine(points.filter(([minute]) => minute >= warmUpMinutes))
  if (line === null || liveKbAtEnd === null) return 'not measured.'
  const list = points.map(([, liveKb]) => (liveKb / 1024).toFixed(1)).join(' ')
  return `${line.slope.toFixed(1)} ± ${line.slopeMargin.toFixed(1)} KB a minute (95 %), ${(liveKbAtEnd / 1024).toFixed(1)} MB after the last client; by minute: ${list} MB.`
}

function cpuWords({ samples }: SoakOutcome): string {
  const [first, last] = [samples[0], samples.at(-1)]
  if (first === undefined || last === undefined || last === first) return 'not measured.'
  const share = (last.cpuMs - first.cpuMs) / (last.atSeconds - first.atSeconds) / 10
  return `${share.toFixed(0)} % of one core.`
}

function rows({ samples, times }: SoakOutcome): string[] {
  const memory = new Map(minuteMedians(samples, ({ anonymousKb }) => anonymousKb))
  const sockets = new Map(minuteMedians(samples, ({ files }) => files['socket'] ?? 0))
  return times.map(({ atSeconds, ...at }) => {
    const minute = Math.ceil(atSeconds / 60) - 1
    const cells = [at.loginP50, at.loginP99, at.messageP50, at.messageP99].map((ms) => ms.toFixed(1))
    return `| ${minute} | ${memory.get(minute)} | ${sockets.get(minute)} | ${cells.join(' | ')} |`
  })
}
