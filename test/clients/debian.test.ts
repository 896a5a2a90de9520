/** The list of packages that CI installs and the list that the tests ask for are one list. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { packageFiles, skipWithout } from './debian.ts'

const listed = readFileSync(join(dirname(dirname(import.meta.dirname)), '.ci', 'packages.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))

test('CI installs every package that a client test needs', () => {
  const unlisted = Object.keys(packageFiles).filter((name) => !listed.includes(name))
  assert.deepEqual(unlisted, [])
  assert.equal(new Set(listed).size, listed.length)
})

test('a missing package is a failure in CI and a named skip elsewhere', () => {
  const nothing = (): boolean => false
  const sentence = /^needs Debian package gajim, xvfb; /
  assert.match(String(skipWithout(['gajim', 'xvfb'], { isCi: false, exists: nothing })), sentence)
  assert.throws(() => skipWithout(['gajim', 'xvfb'], { isCi: true, exists: nothing }), { message: sentence })
  assert.equal(skipWithout(['gajim'], { isCi: true, exists: () => true }), false)
})
