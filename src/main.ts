#!/usr/bin/env node
/** The process: argv, signals, exit code. The only file that may end it. */

import { runCli } from './cli/cli.ts'
import { type CliIo, exitCodes } from './cli/io.ts'
import { underServerOptions } from './cli/node-options.ts'
import { createOutput } from './cli/output.ts'
import { createSecretReader } from './cli/secret.ts'
import { createSignals } from './cli/signals.ts'

const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 24) {
  process.stderr.write(
    `signet needs Node 24 or newer; this is ${process.version}. Its dependencies bring one along, and bin/signet starts that.\n`,
  )
  process.exit(exitCodes.unavailable)
}

const argv = process.argv.slice(2)
underServerOptions(argv)

// A server goes on without those who read its log.
const isServing = argv[0] === 'serve'
// Who has a file changed does not know how far the start is.
const onSignal = createSignals(isServing ? ['SIGHUP'] : [])
const stderr = createOutput(process.stderr, 2, (cause) => {
  if (!isServing) process.exit(isPipeFault(cause) ? exitCodes.pipe : exitCodes.output)
})
const stdout = createOutput(process.stdout, 1, (cause) => {
  if (isServing) return
  if (isPipeFault(cause)) process.exit(exitCodes.pipe)
  stderr(`signet: the output cannot be written: ${cause.message}\n`)
  process.exit(exitCodes.output)
})

let readSecret: ReturnType<typeof createSecretReader> | null = null
const io: CliIo = {
  stdout,
  stderr,
  isTerminal: process.stdout.isTTY === true,
  colour: process.stdout.isTTY === true && !process.env['NO_COLOR'],
  columns: process.stdout.columns ?? 80,
  env: process.env,
  cwd: process.cwd(),
  isInteractive: process.stdin.isTTY === true,
  // Standard input is not touched before somebody asks.
  secret: (question) => {
    readSecret ??= createSecretReader({ input: process.stdin, prompt: stderr })
    return readSecret(question)
  },
  onSignal,
}

/** How long unflushed output may hold the process up, milliseconds. */
const flushMs = 1_000

process.exitCode = await runCli(argv, io)
// What is written drains by itself; whatever else still holds the loop does not.
setTimeout(() => process.exit(), flushMs).unref()
// A turn later each write has been told whether it failed.
setImmediate(() => {
  if (process.stdout.writableLength === 0) process.exit()
  process.stdout.once('drain', () => process.exit())
})

function isPipeFault(cause: NodeJS.ErrnoException): boolean {
  return cause.code === 'EPIPE'
}
