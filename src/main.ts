#!/usr/bin/env node
/** The process: argv, signals, exit code. The only file that may end it. */

import { runCli } from './cli/cli.ts'
import { type CliIo, exitCodes } from './cli/io.ts'
import { underServerOptions } from './cli/node-options.ts'
import { createSecretReader } from './cli/secret.ts'

const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 24) {
  process.stderr.write(
    `signet needs Node 24 or newer; this is ${process.version}. In a checkout, \`npm start\` brings it along.\n`,
  )
  process.exit(exitCodes.unavailable)
}

const argv = process.argv.slice(2)
underServerOptions(argv)

let readSecret: ReturnType<typeof createSecretReader> | null = null
const io: CliIo = {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  isTerminal: process.stdout.isTTY === true,
  colour: process.stdout.isTTY === true && !process.env['NO_COLOR'],
  columns: process.stdout.columns ?? 80,
  env: process.env,
  cwd: process.cwd(),
  isInteractive: process.stdin.isTTY === true,
  // Standard input is not touched before somebody asks.
  secret: (question) => {
    readSecret ??= createSecretReader({ input: process.stdin, prompt: (text) => void process.stderr.write(text) })
    return readSecret(question)
  },
  onSignal: (signal, listener) => {
    process.on(signal, listener)
    return () => process.off(signal, listener)
  },
}

/** How long unflushed output may hold the process up, milliseconds. */
const flushMs = 1_000

process.exitCode = await runCli(argv, io)
// What is written drains by itself; whatever else still holds the loop does not.
setTimeout(() => process.exit(), flushMs).unref()
if (process.stdout.writableLength === 0) process.exit()
process.stdout.once('drain', () => process.exit())
