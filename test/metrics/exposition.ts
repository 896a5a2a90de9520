/** Reads Prometheus's text format, strictly enough that a broken line fails a test. */

/** Values by `name{labels}`, as they are written. */
export type Samples = ReadonlyMap<string, number>

const sampleForm = /^([a-zA-Z_:][a-zA-Z0-9_:]*(?:\{[^}]*\})?) (\S+)$/
const commentForm = /^# (?:HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* .+$/

/** Every sample; throws on a line that is none, on a series that comes twice, and where the last line has no end. */
export function readSamples(text: string): Samples {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const samples = new Map<string, number>()
  for (const line of text.split('\n')) {
    if (line === '' || commentForm.test(line)) continue
    const [, series, value] = sampleForm.exec(line) ?? []
    if (series === undefined || value === undefined) throw new Error(`no sample: ${line}`)
    if (samples.has(series)) throw new Error(`twice: ${series}`)
    samples.set(series, value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value))
  }
  return samples
}

/** The samples of one metric, by its labels alone. */
export function samplesOf(samples: Samples, metric: string): Record<string, number> {
  const own = [...samples].filter(([series]) => series === metric || series.startsWith(`${metric}{`))
  return Object.fromEntries(own.map(([series, value]) => [series.slice(metric.length), value]))
}
