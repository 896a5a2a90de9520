/** What the server process is started with, as seen from inside of it. */

import { deepEqual, equal } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const module = pathToFileURL(join(import.meta.dirname, '../../src/cli/node-options.ts'))
const malloc = ['MALLOC_MMAP_THRESHOLD_', 'MALLOC_TOP_PAD_', 'MALLOC_TRIM_THRESHOLD_', 'GLIBC_TUNABLES']

const folder = mkdtempSync(join(tmpdir(), 'signet-options-'))
after(() => rmSync(folder, { recursive: true }))
const script = join(folder, 'server.ts')
writeFileSync(
  script,
  `import { underServerOptions } from '${module}'
underServerOptions(process.argv.slice(2))
const set = ${JSON.stringify(malloc)}.filter((name) => name in process.env).map((name) => [name, process.env[name]])
console.log(JSON.stringify({ options: process.execArgv, environment: Object.fromEntries(set), pid: process.pid }))
`,
)

interface Seen {
  readonly options: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly pid: number
}

/** A process that asks for the options of a server and tells what it has then. */
async function seenBy(command: string, nodeOptions: readonly string[], environment: Record<string, string> = {}) {
  const running = promisify(execFile)(process.execPath, [...nodeOptions, script, command], {
    env: { PATH: process.env['PATH'], ...environment },
  })
  const { stdout, stderr } = await running
  const seen = JSON.parse(stdout) as Seen
  return { ...seen, stderr, isSameProcess: seen.pid === running.child.pid }
}

test('a server has the options of a server, in the same process', async () => {
  const { options, environment, stderr, isSameProcess } = await seenBy('serve', [])
  deepEqual(
    options.map((option) => option.replace(/=.*\//, '=…/')),
    [
      '--openssl-config=…/openssl-no-tickets.cnf',
      '--min-semi-space-size=8',
      '--max-semi-space-size=8',
      '--no-parallel-scavenge',
      '--no-concurrent-array-buffer-sweeping',
      '--heap-growing-percent=100',
      '--no-memory-reducer-favors-memory',
      '--short-builtin-calls',
      '--max-inlined-bytecode-size=920',
      '--max-inlined-bytecode-size-cumulative=2000',
      '--max-maglev-inlined-bytecode-size-cumulative=2000',
      '--disable-warning=ExperimentalWarning',
    ],
  )
  deepEqual(environment, {
    MALLOC_MMAP_THRESHOLD_: '65536',
    MALLOC_TOP_PAD_: '0',
    MALLOC_TRIM_THRESHOLD_: '8388608',
    GLIBC_TUNABLES: 'glibc.malloc.tcache_count=400:glibc.malloc.mxfast=0',
  })
  equal(stderr, '')
  equal(isSameProcess, true)
})

test("the operator's options and environment come last, and count", async () => {
  const { options, environment } = await seenBy('serve', ['--max-semi-space-size=32'], {
    MALLOC_TRIM_THRESHOLD_: '131072',
  })
  equal(
    options.findLast((option) => option.startsWith('--max-semi-space-size')),
    '--max-semi-space-size=32',
  )
  equal(environment['MALLOC_TRIM_THRESHOLD_'], '131072')
})

test("what NODE_OPTIONS decides is left to it, since a process's arguments would count before it", async () => {
  const { options } = await seenBy('serve', [], { NODE_OPTIONS: '--no-warnings --max_semi_space_size=32' })
  deepEqual(
    options.filter((option) => option.includes('semi-space')),
    ['--min-semi-space-size=8'],
  )
})

for (const [why, command, options] of [
  ['a command that accepts no connections', 'check', []],
  ['a process with an OpenSSL configuration of its own', 'serve', ['--openssl-shared-config']],
] as const) {
  test(`${why} is left as it is`, async () => {
    const seen = await seenBy(command, options)
    deepEqual(seen.options, options)
    deepEqual(seen.environment, {})
  })
}
