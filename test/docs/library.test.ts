/** docs/library.md has every export of both entries, and no other; its links and examples are there. */

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'
import * as whole from '../../src/index.ts'
import * as external from '../../src/index-external.ts'

const docs = join(import.meta.dirname, '..', '..', 'docs')
const page = readFileSync(join(docs, 'library.md'), 'utf8')

test('the table is what the entries export', () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \| (both|`signet-xmpp`) \|/gm)].map(
    ([, name, entry]) => `${name} ${entry}`,
  )
  const exported = Object.keys(whole).map(
    (name) => `${name} ${Object.hasOwn(external, name) ? 'both' : '`signet-xmpp`'}`,
  )
  assert.deepEqual(
    rows,
    exported.sort((a, b) => a.localeCompare(b, 'en')),
  )
  assert.deepEqual(
    Object.keys(external).filter((name) => !Object.hasOwn(whole, name)),
    [],
  )
})

test('types that the page names are exported', () => {
  const index = ['index.ts', 'index-external.ts']
    .map((file) => readFileSync(join(docs, '..', 'src', file), 'utf8'))
    .join()
  const [, list = ''] = /^Types to implement: ([\s\S]*)$/m.exec(page) ?? []
  const names = [...list.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)
  assert.ok(names.length > 10)
  for (const name of names) assert.match(index, new RegExp(`\\b${name}\\b`), name)
})

test('links lead to files', () => {
  for (const [, target = ''] of page.matchAll(/\]\((?!https?:)([^)#]+)/g))
    assert.ok(existsSync(join(docs, target)), target)
})

/** Every file that loading `entry` loads, by the imports that are more than types. */
function loadedBy(entry: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(entry)) return seen
  seen.add(entry)
  const text = readFileSync(entry, 'utf8')
  for (const [, target = ''] of text.matchAll(/^(?:import|export) (?!type )[^']*'(\.[^']+)'/gm)) {
    loadedBy(join(dirname(entry), target), seen)
  }
  return seen
}

test('the entry for servers of other people loads no listener, XML, configuration or store', () => {
  const source = join(docs, '..', 'src')
  const loaded = [...loadedBy(join(source, 'index-external.ts'))].map((file) => relative(source, file))
  assert.ok(loaded.includes('sasl/external.ts') && loaded.length > 30)
  assert.deepEqual(
    loaded.filter((file) => /^(?:listener|xml|config|session|cli|app)\b/.test(file)),
    [],
  )
})
