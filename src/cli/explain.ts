/** `signet explain`: what a login with a certificate would come to, and why. */

import { formatProblem } from '../config/problem.ts'
import { type Explanation, explain } from '../explain.ts'
import { prepareDomain } from '../jid/jid.ts'
import type { ListenerOptions } from '../listener/listener-options.ts'
import type { SignetOptions } from '../options.ts'
import { fail, ok, type Result } from '../result.ts'
import { readArguments } from './arguments.ts'
import { readPemFile } from './certificate-file.ts'
import { countRows, explainFolder, type FolderRow, folderText } from './explain-folder.ts'
import { explanationData, explanationText } from './explanation-text.ts'
import { givenPath } from './given-path.ts'
import { type CliIo, exitCodes } from './io.ts'
import { readAll } from './read-all.ts'

/**
 * Exit code 0 when the login (with `--all`: every login) would be allowed, 1 when denied, 64 usage, 66 no such file,
 * 78 configuration.
 */
export async function runExplain(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = readArguments(args, {
    config: { type: 'string', short: 'c' },
    authzid: { type: 'string' },
    host: { type: 'string' },
    listener: { type: 'string' },
    all: { type: 'string' },
    json: { type: 'boolean' },
  })
  if (!parsed.ok) return complain(io, parsed.error, exitCodes.usage)
  const { values, positionals } = parsed.value
  const [certificate] = positionals
  const isUsable = values.all === undefined ? positionals.length === 1 : positionals.length === 0
  if (!isUsable || values.config === undefined) {
    return complain(io, 'usage: signet explain CERT.pem | --all DIR --config FILE', exitCodes.usage)
  }
  const { options, problems } = readAll(givenPath(values.config, io))
  if (options === null) {
    for (const problem of problems)
      io.stderr(`${formatProblem(problem, { excerpt: io.isTerminal, colour: io.colour })}\n`)
    return exitCodes.config
  }
  const listener = chooseListener(options, values.listener)
  if (!listener.ok) return complain(io, listener.error, exitCodes.usage)
  const domain = chooseDomain(options, values.host)
  if (!domain.ok) return complain(io, domain.error, exitCodes.usage)
  const query = {
    authzid: values.authzid ?? null,
    domain: domain.value,
    listener: listener.value,
    options,
    now: Date.now(),
  }
  const explainPem = (pem: string) => explain({ ...query, pem })
  const form = { json: values.json === true, listener: listener.value, io }
  if (values.all !== undefined) {
    const rows = await explainFolder(givenPath(values.all, io), explainPem)
    return rows.ok ? printFolder(rows.value, form) : complain(io, rows.error, exitCodes.noInput)
  }
  const file = certificate ?? ''
  const pem = readPemFile(givenPath(file, io), file)
  if (!pem.ok) return complain(io, `${file} ${pem.error}`, exitCodes.noInput)
  const explained = await explainPem(pem.value)
  return explained.ok ? print(explained.value, form) : complain(io, `${file}: ${explained.error}`, exitCodes.noInput)
}

interface PrintForm {
  readonly json: boolean
  readonly listener: ListenerOptions
  readonly io: CliIo
}

function print(explanation: Explanation, { json, listener, io }: PrintForm): number {
  const data = () => `${JSON.stringify(explanationData(explanation, listener), null, 2)}\n`
  io.stdout(json ? data() : explanationText(explanation, listener, io))
  return explanation.decision.outcome.kind === 'allow' ? exitCodes.ok : exitCodes.denied
}

function printFolder(rows: readonly FolderRow[], { json, listener, io }: PrintForm): number {
  const data = rows.map(({ file, result }) => ({
    file,
    ...(result.ok ? explanationData(result.value, listener) : { error: result.error }),
  }))
  io.stdout(json ? `${JSON.stringify(data, null, 2)}\n` : folderText(rows, io))
  return countRows(rows).allowed === rows.length ? exitCodes.ok : exitCodes.denied
}

function complain(io: CliIo, text: string, code: number): number {
  io.stderr(`signet explain: ${text}\n`)
  return code
}

/** By name, or by port alone; the first listener when none is named. */
function chooseListener({ c2s, http }: SignetOptions, wanted: string | undefined): Result<ListenerOptions, string> {
  const all: readonly ListenerOptions[] = [...c2s, ...http]
  const found = wanted === undefined ? all[0] : all.find(({ name, port }) => name === wanted || String(port) === wanted)
  if (found !== undefined) return ok(found)
  return fail(`no listener '${wanted}'; there are ${all.map(({ name }) => `'${name}'`).join(', ')}`)
}

function chooseDomain({ general }: SignetOptions, wanted: string | undefined): Result<string, string> {
  if (wanted === undefined) return ok(general.defaultServerDomain)
  const domain = prepareDomain(wanted)
  if (!domain.ok) return fail(`--host ${wanted}: ${domain.error.why}`)
  if (general.hosts.includes(domain.value)) return ok(domain.value)
  return fail(`${wanted} is not served; general.hosts has ${general.hosts.join(', ')}`)
}
