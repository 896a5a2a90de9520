/** `signet user`: accounts in the database of `[auth.rdbms]`. A password never stands in the arguments, where others can read it. */

import { createPasswordChecker } from '../auth/passwords/checking.ts'
import { composeUserTable } from '../compose-backends.ts'
import { writeFault } from '../config/files.ts'
import { formatProblem } from '../config/problem.ts'
import { authOf } from '../in-force.ts'
import { type BareJid, bareOf, formatBare, parseJid, prepareDomain } from '../jid/jid.ts'
import { silentLog } from '../observe/log.ts'
import { printable } from '../observe/sentence.ts'
import type { SignetOptions } from '../options.ts'
import { fail, ok, type Result } from '../result.ts'
import { readArguments } from './arguments.ts'
import { givenPath } from './given-path.ts'
import { type CliIo, exitCodes } from './io.ts'
import { readAll } from './read-all.ts'

const usage = 'usage: signet user add|passwd|del JID --config FILE, or: signet user list [DOMAIN] --config FILE'

/** Exit code 0 when done, 1 when there is such an account already or none, 64 usage, 69 database, 78 configuration. */
export async function runUser(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = readArguments(args, { config: { type: 'string', short: 'c' } })
  if (!parsed.ok || parsed.value.values.config === undefined) {
    return complain(io, parsed.ok ? usage : parsed.error, exitCodes.usage)
  }
  const [verb, name, ...more] = parsed.value.positionals
  const command = more.length === 0 && verb !== undefined ? commandOf(verb, name) : null
  if (command === null) return complain(io, usage, exitCodes.usage)
  const { options, problems } = readAll(givenPath(parsed.value.values.config, io))
  if (options === null) {
    for (const problem of problems) io.stderr(`${formatProblem(problem, { excerpt: false, colour: io.colour })}\n`)
    return exitCodes.config
  }
  try {
    await using table = composeUserTable(options, silentLog)
    if (table === null)
      return complain(io, 'the configuration has no `[outgoing_pools.rdbms.default]`', exitCodes.config)
    return await command({ options, table, io })
  } catch (cause) {
    return complain(io, `the database: ${databaseFault(cause, options)}`, exitCodes.unavailable)
  }
}

/** Of a file, SQLite does not say which one it is, nor why it is not to be had. */
function databaseFault(cause: unknown, { pools }: SignetOptions): string {
  const why = cause instanceof Error ? cause.message : String(cause)
  const connection = pools.rdbms?.connection
  if (connection?.driver !== 'sqlite') return why
  const access = /unable to open|readonly/.test(why) ? writeFault(connection.database) : null
  return access ?? `${connection.database}: ${why}`
}

interface Scene {
  readonly options: SignetOptions
  readonly table: UserTable
  readonly io: CliIo
}

type UserTable = NonNullable<ReturnType<typeof composeUserTable>>
type UserCommand = (scene: Scene) => Promise<number>

function commandOf(verb: string, name: string | undefined): UserCommand | null {
  if (verb === 'list') return (scene) => list(scene, name)
  if (name === undefined) return null
  switch (verb) {
    case 'add':
      return (scene) => withPassword(scene, name, 'add')
    case 'passwd':
      return (scene) => withPassword(scene, name, 'replace')
    case 'del':
      return (scene) => remove(scene, name)
    default:
      return null
  }
}

async function list({ options, table, io }: Scene, name: string | undefined): Promise<number> {
  const { hosts } = options.general
  const listed = name === undefined ? ok(hosts) : readHost(name, hosts)
  if (!listed.ok) return complain(io, listed.error, exitCodes.usage)
  for (const host of listed.value) {
    for (const local of await table.list(host)) io.stdout(`${printable(formatBare({ local, domain: host }))}\n`)
  }
  return exitCodes.ok
}

async function withPassword(scene: Scene, name: string, deed: 'add' | 'replace'): Promise<number> {
  const { options, table, io } = scene
  const jid = readJid(name, options.general.hosts)
  if (!jid.ok) return complain(io, jid.error, exitCodes.usage)
  const shown = formatBare(jid.value)
  const exists = (await table.find(jid.value)) !== null
  if (exists !== (deed === 'replace')) return complain(io, existence(shown, exists), exitCodes.denied)
  const password = await askPassword(shown, io)
  if (!password.ok) return complain(io, password.error, exitCodes.usage)
  const stored = await createPasswordChecker(authOf(options, jid.value.domain).password).store(password.value)
  if (stored === null) return complain(io, notPassword, exitCodes.usage)
  // Somebody else may have been quicker since we looked.
  if (!(await table[deed](jid.value, stored))) return complain(io, existence(shown, !exists), exitCodes.denied)
  io.stdout(`${shown} ${deed === 'add' ? 'added' : 'has a new password'}\n`)
  return exitCodes.ok
}

async function remove({ options, table, io }: Scene, name: string): Promise<number> {
  const jid = readJid(name, options.general.hosts)
  if (!jid.ok) return complain(io, jid.error, exitCodes.usage)
  const shown = formatBare(jid.value)
  if (!(await table.remove(jid.value))) return complain(io, existence(shown, false), exitCodes.denied)
  io.stdout(`${shown} removed\n`)
  return exitCodes.ok
}

async function askPassword(shown: string, io: CliIo): Promise<Result<string, string>> {
  const first = await io.secret(`Password for ${shown}: `)
  if (first === null || first === '') return fail('no password was given')
  if (!io.isInteractive) return ok(first)
  const second = await io.secret('Once more: ')
  return first === second ? ok(first) : fail('the two are not the same')
}

function readHost(text: string, hosts: readonly string[]): Result<readonly string[], string> {
  const domain = prepareDomain(text)
  if (!domain.ok) return fail(`${printable(text)} is no domain: it ${domain.error.why}`)
  return hosts.includes(domain.value) ? ok([domain.value]) : fail(notServed(domain.value, hosts))
}

function readJid(text: string, hosts: readonly string[]): Result<BareJid, string> {
  const parsed = parseJid(text)
  if (!parsed.ok) return fail(`${printable(text)} is no JID: its ${parsed.error.part} ${parsed.error.why}`)
  const jid = bareOf(parsed.value)
  if (jid === null || parsed.value.resource !== null) return fail(`${printable(text)} is not of the form user@domain`)
  return hosts.includes(jid.domain) ? ok(jid) : fail(notServed(jid.domain, hosts))
}

const notPassword = 'this cannot be a password: it is too long, or has characters that no client could send (RFC 4013)'

function notServed(domain: string, hosts: readonly string[]): string {
  return `${printable(domain)} is not served; \`general.hosts\` has ${hosts.join(', ')}`
}

function existence(shown: string, exists: boolean): string {
  return exists
    ? `${shown} is there already; \`signet user passwd\` gives it a new password`
    : `there is no account ${shown}`
}

function complain(io: CliIo, message: string, code: number): number {
  io.stderr(`signet user: ${message}\n`)
  return code
}
