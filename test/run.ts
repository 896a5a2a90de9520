/**
 * `npm test`: type check and lint, then every test. With arguments: only those test files, nothing else first.
 * `npm run check` (`--check`): type check and lint only.
 *
 * The summary of node:test is the last thing printed when it gets that far; the exit code is 0 only if all is well.
 */

import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { delimiter, dirname, join } from 'node:path'

const root = dirname(import.meta.dirname)
/** A test that hangs must fail, and a file that does not end must not keep the run for good. */
const maxTestMs = 180_000
const maxRunMs = 20 * 60_000
/** At least two, because most tests wait for sockets rather than for the processor. */
const files = Math.max(2, availableParallelism())

/** What a child process is given: the pinned Node first in PATH, for what the tests start by name. */
const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}` }

/** Runs a script under this Node with its output going straight through. Resolves with its exit code, 1 for a signal. */
function run(...args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
    const timer = setTimeout(() => {
      process.stderr.write(`Nothing has come of this in ${maxRunMs / 60_000} minutes: ${args.join(' ')}\n`)
      child.kill('SIGTERM')
    }, maxRunMs)
    child.once('error', reject)
    child.once('exit', (code) => {
      clearTimeout(timer)
      resolve(code ?? 1)
    })
  })
}

const tool = (...path: readonly string[]): string => join(root, 'node_modules', ...path)

/** Type check and lint, side by side. Resolves with 0 if both are content. */
async function check(): Promise<number> {
  const codes = await Promise.all([
    run(tool('typescript', 'bin', 'tsc'), '--noEmit', '-p', 'test/tsconfig.json'),
    run(tool('@biomejs', 'biome', 'bin', 'biome'), 'check', '--error-on-warnings'),
  ])
  return Math.max(...codes)
}

function test(selected: readonly string[]): Promise<number> {
  const patterns = selected.length > 0 ? selected : ['test/**/*.test.ts']
  const limits = [`--test-concurrency=${files}`, `--test-timeout=${maxTestMs}`]
  return run('--test', '--test-reporter=spec', ...limits, ...patterns)
}

const args = process.argv.slice(2)
if (args[0] === '--check') process.exitCode = await check()
else if (args.length > 0) process.exitCode = await test(args)
else process.exitCode = (await check()) || (await test([]))
