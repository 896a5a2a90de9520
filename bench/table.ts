/** Prints what was measured, in Markdown, so that the page can take it as it is. */

import { type Bar, cpuRatio, type Finding, lapMedian } from './bars.ts'

/** The table of all contestants. */
export function formatFindings(findings: readonly Finding[]): string {
  const base = findings.find(({ key }) => key === 'node-tls') ?? findings.find(({ key }) => key === 'signet')
  const watched = findings.some(({ memory }) => memory?.restShare != null)
  const rows = findings.map((finding) => {
    const { laps, memory, title } = finding
    const cpu = laps.map(({ cpuMs }) => cpuMs)
    const ratio = cpuRatio(finding, base)
    return [
      title,
      figure(
        lapMedian(laps, (lap) => lap.cpuMs),
        3,
      ),
      cpu.length === 0 ? '–' : `${figure(Math.min(...cpu), 3)}–${figure(Math.max(...cpu), 3)}`,
      ratio === null ? '–' : figure(ratio.median, 2),
      figure(
        lapMedian(laps, (lap) => lap.perSecond),
        0,
      ),
      figure(
        lapMedian(laps, (lap) => lap.p50Ms),
        1,
      ),
      figure(
        lapMedian(laps, (lap) => lap.p99Ms),
        1,
      ),
      memory === null ? '–' : `${figure(memory.kbPerSession, 1)} (${figure(memory.slopeKb, 1)})`,
      ...(watched ? [memory?.restShare == null ? '–' : figure(memory.restShare * 100, 2)] : []),
      String(laps.reduce((sum, { failed }) => sum + failed, 0)),
    ]
  })
  const measures = ['CPU ms', 'min–max', base?.key === 'signet' ? '÷ TCP' : '÷ bare', 'per s', 'p50 ms', 'p99 ms']
  const head = ['server', ...measures, 'KB/session (slope)', ...(watched ? ['% at rest'] : []), 'failed']
  return formatTable(head, rows)
}

/** The table of the bars. */
export function formatBars(bars: readonly Bar[]): string {
  const rows = bars.map(({ what, most, unit, measured, isCleared }) => [
    what,
    `≤ ${most} ${unit}`.trim(),
    measured === null ? 'not measured' : `${figure(measured.median, 2)} ${unit}`.trim(),
    measured === null ? '–' : `${figure(measured.likely[0], 2)}–${figure(measured.likely[1], 2)}`,
    isCleared === null ? '–' : isCleared ? 'pass' : 'miss',
  ])
  return formatTable(['bar', 'wanted', 'measured', '95 %', ''], rows)
}

function figure(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : '–'
}

function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => (row[column] ?? '').length)),
  )
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`
  const rule = `|${widths.map((width, column) => `${'-'.repeat(width + 1)}${column === 0 ? '-' : ':'}`).join('|')}|`
  return [line(head), rule, ...rows.map(line)].join('\n')
}
