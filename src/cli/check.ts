/** `signet check`: says what is wrong with a configuration, or what it would run. */

import { isAbsolute, relative } from 'node:path'
import type { IdentityRuleChoice } from '../certificate/mapping/options.ts'
import { type ConfigProblem, formatProblem } from '../config/problem.ts'
import type { HostOptions } from '../host-options.ts'
import { lintOptions } from '../lint.ts'
import { lintStore } from '../lint-store.ts'
import { readOptions, type SignetOptions } from '../options.ts'
import { readArguments } from './arguments.ts'
import { type Caller, callersFolder, givenPath } from './given-path.ts'
import { type CliIo, exitCodes } from './io.ts'
import { c2sRows, httpRows, rulesText, type SummaryRow } from './listener-summary.ts'
import { mechanismRows } from './mechanism-rows.ts'

/** Checks the file of `--config`, as text or with `--json`; exit code 0, 64 (usage) or 78 (it cannot run). */
export async function runCheck(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = readArguments(args, { config: { type: 'string', short: 'c' }, json: { type: 'boolean' } })
  if (!parsed.ok || parsed.value.values.config === undefined || parsed.value.positionals.length > 0) {
    io.stderr(`signet check: ${parsed.ok ? '--config FILE is needed, and nothing else' : parsed.error}\n`)
    return exitCodes.usage
  }
  const name = parsed.value.values.config
  const file = givenPath(name, io)
  const shown = namesAs(name, io)
  const reading = readOptions(file)
  lintOptions(reading, Date.now())
  lintStore(reading)
  const loaded = reading.outcome()
  const options = loaded.ok ? loaded.value.options : null
  const found = loaded.ok ? { problems: [], warnings: loaded.value.warnings } : loaded.error
  // Of a file that is not there, where it was looked for is the news.
  const asWritten = (problem: ConfigProblem) =>
    problem.rule === 'file-unreadable' && problem.path === '' ? problem : { ...problem, file: shown(problem.file) }
  const [problems, warnings] = [found.problems.map(asWritten), found.warnings.map(asWritten)]
  if (parsed.value.values.json === true) {
    const report = { ok: loaded.ok, problems, warnings, options: options === null ? null : withoutPasswords(options) }
    io.stdout(`${JSON.stringify(report, null, 2)}\n`)
  } else {
    printProblems([...problems, ...warnings], io)
    if (options === null) io.stdout(`${verdict(problems.length, warnings.length, io)}\n`)
    else io.stdout(summary(options, warnings.length, { file: name, shown, io }))
  }
  return loaded.ok ? exitCodes.ok : exitCodes.config
}

function printProblems(problems: readonly ConfigProblem[], io: CliIo): void {
  for (const problem of problems) {
    io.stdout(`${formatProblem(problem, { excerpt: io.isTerminal, colour: io.colour })}\n`)
  }
  if (problems.length > 0) io.stdout('\n')
}

function verdict(errors: number, warnings: number, io: CliIo): string {
  return `${paint(31, 'refused', io)}: ${counted(errors, 'error')}, ${counted(warnings, 'warning')}`
}

/** How names of files are printed: from the caller's folder, where the configuration was named from there as well. */
function namesAs(written: string, caller: Caller): (path: string) => string {
  if (isAbsolute(written)) return (path) => path
  return (path) => {
    const name = relative(callersFolder(caller), path)
    return name === '' || name.startsWith('..') ? path : name
  }
}

interface SummaryStyle {
  /** The configuration file, as the operator wrote its name. */
  readonly file: string
  readonly shown: (path: string) => string
  readonly io: CliIo
}

function summary(options: SignetOptions, warnings: number, { file, shown, io }: SummaryStyle): string {
  const { general, auth, session } = options
  const rows: SummaryRow[] = [
    [
      'domains',
      general.hosts.map((host) => (host === general.defaultServerDomain ? `${host} (default)` : host)).join(', '),
    ],
    ...options.c2s.flatMap((c2s) => c2sRows(c2s, shown)),
    ...options.http.flatMap((http) => httpRows(http, shown)),
    ['identity', auth.saslExternal.map((rule) => ruleText(rule, options)).join(', then ')],
    ['backends', auth.methods.join(', then ')],
    ...mechanismRows(options),
    ...options.hostConfig.map(hostRow),
    ['sessions', `${session.kind}, kept in ${shown(session.database)}`],
    ['log', general.loglevel],
  ]
  const lines = rows.map(([name, value]) => `  ${paint(1, name.padEnd(10), io)}  ${value}`)
  const end = warnings === 0 ? 'no warnings' : counted(warnings, 'warning')
  return [`${paint(32, 'ok', io)}: ${file} (${end})`, '', ...lines, ''].join('\n')
}

/** What a host has of its own. */
function hostRow({ host, certificatePolicy, auth, saslExternal }: HostOptions): SummaryRow {
  const own = [
    certificatePolicy === null ? [] : `certificate_policy ${certificatePolicy}`,
    auth === null ? [] : `backends ${auth.methods.join(', then ')}`,
    saslExternal === null ? [] : `identity ${rulesText(saslExternal)}`,
  ]
  return ['', `${host} has its own: ${own.flat().join('; ')}`]
}

function ruleText(rule: IdentityRuleChoice, { auth }: SignetOptions): string {
  if (typeof rule !== 'string') return rule.name
  const { prefix, suffix } = auth.commonName
  return rule === 'common_name' && prefix + suffix !== '' ? `common_name as ${prefix}CN${suffix}` : rule
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function paint(code: number, text: string, io: CliIo): string {
  return io.colour ? `\u001b[${code}m${text}\u001b[0m` : text
}

/** The options as data to print: of a password, only that there is one. */
function withoutPasswords(options: SignetOptions): unknown {
  return JSON.parse(JSON.stringify(options, (key, value) => (isSecret(key, value) ? '(set)' : value)))
}

function isSecret(key: string, value: unknown): boolean {
  return typeof value === 'string' && /^(?:password|passphrase|basicAuth)$/.test(key)
}
