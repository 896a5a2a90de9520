/** `[throttle]`: waits and limits that fit together, and what is said where they do not. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFolder, errorsOf, goodConfig, loadIn, short } from './support.ts'

const below = '`free_failures`'

/** What stands in `[throttle]`, from line 9 on; what is found, and words of it. */
const rows: readonly (readonly [text: string, found: readonly string[], says: string])[] = [
  ['', [], ''],
  ['first_delay = 4000', [], ''],
  ['first_delay = 700\nmax_delay = 700', [], ''],
  ['address.free_failures = 99', [], ''],
  [
    'first_delay = 701\nmax_delay = 700',
    ['9:15 conflict throttle.first_delay'],
    'is 701, more than `max_delay` (700), the longest wait: set it to 700 or less, or `max_delay` to more',
  ],
  ['first_delay = 4001', ['9:15 conflict throttle.first_delay'], 'is 4001, more than `max_delay` (4000)'],
  ['max_delay = 100', ['8:2 conflict throttle.first_delay'], 'is 250, more than `max_delay` (100)'],
  ['enabled = false\nmax_delay = 100', ['8:2 conflict throttle.first_delay'], 'is 250'],
  ['first_delay = 5000\nmax_delay = 8001', ['10:13 bad-value throttle.max_delay'], 'from 1 to 8000'],
  ['first_delay = 0\nmax_delay = 100', ['9:15 bad-value throttle.first_delay'], 'from 1 to 8000'],
  ['account.max_failures = 5', ['9:24 conflict throttle.account.max_failures'], `must be more than ${below} (5)`],
  ['address.free_failures = 100', ['9:1 conflict throttle.address.max_failures'], `must be more than ${below} (100)`],
]

for (const [text, found, says] of rows) {
  test(text === '' ? 'defaults' : text.replaceAll('\n', ', '), () => {
    using folder = createFolder()
    const errors = errorsOf(loadIn(folder, goodConfig(`[throttle]\n${text}`)))
    assert.deepEqual(errors.map(short), found)
    assert.ok((errors[0]?.message ?? '').includes(says), errors[0]?.message)
  })
}
