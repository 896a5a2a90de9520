/** docs/metrics.md has every metric there is, and none else; what it asks of them can be asked. */

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { before, test } from 'node:test'
import { createPrometheus, type MetricDescription } from '../../src/observe/prometheus.ts'
import { reasons } from '../../src/observe/reasons.ts'

let page: string
let metrics: readonly MetricDescription[]
before(async () => {
  page = await readFile(new URL('../../docs/metrics.md', import.meta.url), 'utf8')
  metrics = createPrometheus({ version: '', now: () => 0 }).describe()
})

/** Rows of the tables of metrics: name, type, labels. */
function rowsOf(text: string): readonly (readonly [string, string, string])[] {
  const rows = [...text.matchAll(/^\| `([a-z_0-9]+)` \| (counter|gauge|histogram) \| ([^|]*)\|/gm)]
  return rows.map(([, name = '', type = '', labels = '']) => [name, type, labels.replaceAll('`', '').trim()])
}

test('every metric is on the page with its type and labels, and no other', () => {
  const documented = rowsOf(page)
  const actual = metrics.map(({ name, type, labels }) => [name, type, labels.join(' ')])
  assert.deepEqual([...documented].sort(), actual.sort())
})

test('each has a sentence', () => {
  const silent = [...page.matchAll(/^\| `([a-z_0-9]+)` \|[^|]*\|[^|]*\| (.*) \|$/gm)].filter(
    ([, , text]) => !text?.endsWith('.'),
  )
  assert.deepEqual(
    silent.map(([, name]) => name).filter((name) => metrics.some((metric) => metric.name === name)),
    [],
  )
})

test('names follow the conventions of Prometheus', () => {
  for (const { name, type } of metrics.filter((metric) => metric.name.startsWith('signet_'))) {
    assert.equal(name.endsWith('_total'), type === 'counter', name)
    if (type === 'histogram') assert.ok(name.endsWith('_seconds'), name)
    assert.doesNotMatch(name, /_(?:ms|milliseconds|count|sum|bucket)$/)
  }
})

test('questions and alerts name metrics, labels and reasons that there are', () => {
  const code = [...page.matchAll(/```(?:promql|yaml)\n([\s\S]*?)```/g)].map(([, text]) => text).join('\n')
  const asked = [...code.matchAll(/\b((?:signet|process|nodejs)_[a-z_0-9]+)(?:\{([^}]*)\})?/g)]
  assert.ok(asked.length > 15)
  for (const [, series = '', matchers = ''] of asked) {
    const metric = metrics.find(({ name, type }) => series === (type === 'histogram' ? `${name}_bucket` : name))
    assert.ok(metric !== undefined, series)
    for (const [, label = '', value = ''] of matchers.matchAll(/([a-z_]+)="([^"]*)"/g)) {
      assert.ok(metric.labels.includes(label), `${series} has no label ${label}`)
      if (label === 'reason') assert.ok(value in reasons, value)
    }
  }
})
