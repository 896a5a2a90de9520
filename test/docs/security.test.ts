/** Every test that SECURITY.md names as holding a promise is there under that name; every promise names one. */

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..', '..')
const page = readFileSync(join(root, 'SECURITY.md'), 'utf8')
const [, promises = ''] = /^## What is promised$([\s\S]*?)^## /m.exec(page) ?? []

interface Named {
  readonly file: string
  readonly name: string
}

/** `file` “name”, “name” … as it stands on the page. */
function namedTests(text: string): readonly Named[] {
  return [...text.matchAll(/`(test\/[^`]+)`((?:,?\s+“[^”]+”)+)/g)].flatMap(([, file = '', list = '']) =>
    [...list.matchAll(/“([^”]+)”/g)].map(([, name = '']) => ({ file, name })),
  )
}

/** Names of the tests, groups and table rows of a file; `…` for each value that a name is made with. */
function namesIn(source: string): ReadonlySet<string> {
  const names = new Set<string>()
  const call = /\b(?:test|it|describe|onBothDoors|onEveryDoor)\(\s*(?:'((?:[^'\\]|\\.)*)'|"([^"]*)"|`([^`]*)`)/g
  for (const [, single, double, template] of source.matchAll(call)) {
    names.add((single ?? double ?? template ?? '').replace(/\$\{[^}]*\}/g, '…'))
  }
  for (const [, name = ''] of source.matchAll(/\bname: '([^']*)'/g)) names.add(name)
  return names
}

/** A name on the page may stand for more with one `…` than the source has placeholders. */
function isAmong(name: string, names: ReadonlySet<string>): boolean {
  const pattern = name.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const whole = new RegExp(`^${pattern.join('.*')}$`)
  return [...names].some((candidate) => whole.test(candidate))
}

test('every promise names a test', () => {
  const items = promises.split(/^- /m).slice(1)
  assert.ok(items.length > 20)
  assert.deepEqual(
    items.filter((item) => namedTests(item).length === 0),
    [],
  )
})

test('every named test is there', () => {
  const missing = namedTests(promises).filter(({ file, name }) => {
    const path = join(root, file)
    return !existsSync(path) || !isAmong(name, namesIn(readFileSync(path, 'utf8')))
  })
  assert.deepEqual(missing, [])
})

test('no file is named without a test of it', () => {
  const files = [...promises.matchAll(/`(test\/[^`]+)`/g)].map(([, file]) => file)
  assert.deepEqual(new Set(files), new Set(namedTests(promises).map(({ file }) => file)))
})

test('a name that is not there, or only begins like one, is found missing', () => {
  const made = `test(\`chain: \${name}\`, …)`
  const names = namesIn(`test('bytes are limited', …)\n${made}\nconst row = { name: 'a row' }\n`)
  assert.deepEqual([...names], ['bytes are limited', 'chain: …', 'a row'])
  assert.deepEqual(
    ['bytes are limited', 'chain: …', 'a row', 'bytes', 'bytes are limited twice', 'a.row'].map((name) =>
      isAmong(name, names),
    ),
    [true, true, true, false, false, false],
  )
})
