/** docs/reasons.md is what the catalogue says. */

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { reasonsPage, reasonsPath } from '../../src/cli/write-reasons.ts'
import { reasons } from '../../src/observe/reasons.ts'

test('the page is not stale: `npm run docs` writes it', async () => {
  const text = await readFile(new URL(`../../${reasonsPath}`, import.meta.url), 'utf8')
  assert.equal(text, reasonsPage())
})

test('every reason has its own heading, which links can point to', () => {
  const headings = [...reasonsPage().matchAll(/^## (.*)$/gm)].map(([, code]) => code)
  assert.deepEqual(headings, Object.keys(reasons))
})
