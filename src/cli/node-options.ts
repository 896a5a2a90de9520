/** What the server process must be started with and cannot set on itself. */

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Commands that accept connections. */
const servers = new Set(['serve', 'demo'])

/**
 * For V8, each measured (docs/performance.md).
 *
 * - The young generation has 8 MB, all of it from the start: a login that is under way outlives few collections then, which
 *   otherwise take a tenth of the CPU. Left to grow by itself it would take the memory while sessions come up, and more of it
 *   than it has use for.
 * - Little outlives a collection of it: waking helpers for it costs more than they do.
 * - What network buffers leave is freed by the thread that took it. A helper would fight with it for the lock of glibc's
 *   heap, and keep what it freed in a cache of its own that nobody takes from.
 * - The old generation may double before a whole collection. A server with pauses between its logins is granted a third
 *   otherwise, and collected every thousand logins: each leaves 5 KB of Node's sockets there.
 * - A server that has had nothing to do for some seconds is collected, but keeps its compiled code. To save memory V8 would
 *   throw that away too, and the next four thousand logins would pay for it again, a fifth more each.
 * - A copy of V8's own functions beside the compiled code, 2 MB: calls to them are near, and better foreseen.
 * - Twice as much may be inlined into a function. A login goes once through a thousand short ones, and some twentieth of its
 *   CPU was the calls; the code takes some 5 MB more.
 */
const engineOptions = [
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
]

/** The V8 of Node 24, which they are for. With an option that its V8 does not know Node does not start. */
const engine = '13.6.'

/**
 * For glibc's malloc (mallopt(3)); no other looks at it. Node takes 64 KB to read into for each TLS connection, and writes on
 * the first of its pages: mapped by itself, the others are never touched. What was used before would have been all of it.
 * And the heap grows by what is needed: together a tenth of an idle session's memory. What is free at its end is kept up
 * to 8 MB, where 128 KB would be given back and asked for again at nearly every login. The hundreds of small pieces of a
 * handshake wait for the next one in the cache of the thread (13 MB at most), not in the fast bins, which every large piece
 * goes through: in a heap that has seen some thousands of logins that is a tenth of each.
 */
const allocator = {
  MALLOC_MMAP_THRESHOLD_: '65536',
  MALLOC_TOP_PAD_: '0',
  MALLOC_TRIM_THRESHOLD_: '8388608',
  GLIBC_TUNABLES: 'glibc.malloc.tcache_count=400:glibc.malloc.mxfast=0',
}

/**
 * Replaces the process by itself with the OpenSSL configuration that sends no TLS session tickets: Node has no option
 * for it, and two useless tickets a login cost a tenth of its CPU and a fifth of a session's memory. Returns where
 * there is nothing to do, or the platform cannot replace a process: resumption is off all the same.
 */
export function underServerOptions(argv: readonly string[]): void {
  const [command = ''] = argv
  const configuration = fileURLToPath(new URL('../../config/openssl-no-tickets.cnf', import.meta.url))
  const chosen = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].some((option) =>
    option.includes('--openssl-'),
  )
  if (!servers.has(command) || chosen || !existsSync(configuration)) return
  const script = process.argv[1]
  if (typeof process.execve !== 'function' || process.platform === 'win32' || script === undefined) return
  const options = [
    `--openssl-config=${configuration}`,
    ...(process.versions.v8.startsWith(engine) ? undecidedBy(process.env['NODE_OPTIONS'] ?? '') : []),
    '--disable-warning=ExperimentalWarning',
  ]
  // The warning about `execve` being young would go out of a process that is gone the next moment.
  process.removeAllListeners('warning')
  // What the operator gave comes last, and so counts.
  const environment = { ...allocator, ...process.env }
  process.execve(process.execPath, [process.execPath, ...options, ...process.execArgv, script, ...argv], environment)
}

/** Options of ours that `NODE_OPTIONS` says nothing of. Node reads it before its arguments, so that ours would count. */
function undecidedBy(nodeOptions: string): string[] {
  const decided = new Set(nodeOptions.split(/\s+/).map(nameOf))
  return engineOptions.filter((option) => !decided.has(nameOf(option)))
}

/** `--no-some_option=1` is about `some-option`. */
function nameOf(option: string): string {
  const [name = ''] = option.replace(/^--(no-)?/, '').split('=')
  return name.replaceAll('_', '-')
}
