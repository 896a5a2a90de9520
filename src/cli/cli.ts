/** The commands by name. */

import { type CliIo, exitCodes } from './io.ts'
import { version } from './version.ts'

/** A command: arguments behind its name in, exit code out. */
export type Command = (args: readonly string[], io: CliIo) => Promise<number>

interface CommandEntry {
  readonly usage: string
  readonly purpose: string
  readonly load: () => Promise<Command>
}

// Each command loads what it needs and no more: `--version` starts no TLS stack.
const commands: Readonly<Record<string, CommandEntry>> = {
  serve: {
    usage: 'serve --config FILE',
    purpose: 'run the server; SIGHUP reloads, SIGTERM drains',
    load: async () => (await import('./serve.ts')).runServe,
  },
  demo: {
    usage: 'demo [--port N] [--tls-port N] [--https-port N] [--dir FOLDER]',
    purpose: 'make development certificates and run a server to try them on',
    load: async () => (await import('./demo.ts')).runDemo,
  },
  hello: {
    usage: 'hello [alice|bob] [--direct-tls] [--port N] [--dir FOLDER]',
    purpose: 'log in to the running demo with a development certificate',
    load: async () => (await import('./hello.ts')).runHello,
  },
  check: {
    usage: 'check --config FILE [--json]',
    purpose: 'validate a configuration and print what would run',
    load: async () => (await import('./check.ts')).runCheck,
  },
  explain: {
    usage: 'explain CERT.pem|--all DIR --config FILE [--authzid JID] [--host H] [--listener NAME] [--json]',
    purpose: 'say what a login with this certificate would come to, and why',
    load: async () => (await import('./explain.ts')).runExplain,
  },
  user: {
    usage: 'user add|passwd|del|list [JID] --config FILE',
    purpose: 'accounts that log in by password; asks for the password, or reads it from standard input',
    load: async () => (await import('./user.ts')).runUser,
  },
}

/** Runs the command that `argv` (without node and script) names. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  const [name = '--help', ...args] = argv
  if (name === '--version' || name === '-v') {
    io.stdout(`signet ${version()}\n`)
    return exitCodes.ok
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    io.stdout(help())
    return exitCodes.ok
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (entry === undefined) {
    io.stderr(`signet: no command '${name}'\n\n${help()}`)
    return exitCodes.usage
  }
  if (args.includes('--help') || args.includes('-h')) {
    io.stdout(`signet ${entry.usage}\n  ${entry.purpose}\n`)
    return exitCodes.ok
  }
  const run = await entry.load()
  return run(args, io)
}

function help(): string {
  const width = Math.max(...Object.values(commands).map(({ usage }) => Math.min(usage.length, 40)))
  const rows = Object.values(commands).map(({ usage, purpose }) =>
    usage.length > width
      ? `  signet ${usage}\n         ${' '.repeat(width)}  ${purpose}`
      : `  signet ${usage.padEnd(width)}  ${purpose}`,
  )
  return ['Certificate login (SASL EXTERNAL) for XMPP.', '', ...rows, '', '  signet --version | --help', ''].join('\n')
}
