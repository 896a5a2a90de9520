/** Options of commands: what is mistyped is named, with what was meant. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readArguments } from '../../src/cli/arguments.ts'

const options = {
  config: { type: 'string', short: 'c' },
  authzid: { type: 'string' },
  json: { type: 'boolean' },
} as const

test('options and the rest', () => {
  const read = readArguments(['a.pem', '-c', 'x.toml', '--json', '--', '--b'], options)
  assert.deepEqual(read.ok && { ...read.value.values }, { config: 'x.toml', json: true })
  assert.deepEqual(read.ok && read.value.positionals, ['a.pem', '--b'])
})

const rows: readonly (readonly [args: readonly string[], error: string])[] = [
  [['--confg', 'x.toml'], "there is no option '--confg'; did you mean --config?"],
  [['--confg=x.toml'], "there is no option '--confg'; did you mean --config?"],
  [['--config', 'x.toml', '--JSON'], "there is no option '--JSON'; did you mean --json?"],
  [['--verbose'], "there is no option '--verbose'; there are --config, --authzid, --json"],
  [['-x'], "there is no option '-x'; there are --config, --authzid, --json"],
  [['--toString'], "there is no option '--toString'; there are --config, --authzid, --json"],
]
for (const [args, error] of rows) {
  test(args.join(' '), () => assert.deepEqual(readArguments(args, options), { ok: false, error }))
}

test('an option without its value is left to node', () => {
  const read = readArguments(['--config'], options)
  assert.match(read.ok ? '' : read.error, /'-c, --config <value>' argument missing/)
})
