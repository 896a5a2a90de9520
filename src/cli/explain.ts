/** `signet explain`: what a login with a certificate would come to, and why. */

import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { formatProblem } from '../config/problem.ts'
import { type Explanation, explain } from '../explain.ts'
import { prepareDomain } from '../jid/jid.ts'
import type { C2sOptions } from '../listener/c2s-options.ts'
import type { SignetOptions } from '../options.ts'
import { fail, ok, type Result } from '../result.ts'
import { readArguments } from './arguments.ts'
import { explanationData, explanationText } from './explanation-text.ts'
import { type CliIo, exitCodes } from './io.ts'
import { readAll } from './read-all.ts'

/** Exit code 0 when the login would be allowed, 1 when denied, 64 usage, 66 no such file, 78 configuration. */
export async function runExplain(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = readArguments(args, {
    config: { type: 'string', short: 'c' },
    authzid: { type: 'string' },
    host: { type: 'string' },
    listener: { type: 'string' },
    json: { type: 'boolean' },
  })
  if (!parsed.ok) return complain(io, parsed.error, exitCodes.usage)
  const { values, positionals } = parsed.value
  const [certificate] = positionals
  if (certificate === undefined || positionals.length > 1 || values.config === undefined) {
    return complain(io, 'usage: signet explain CERT.pem --config FILE', exitCodes.usage)
  }
  const { options, problems } = readAll(resolve(io.cwd, values.config))
  if (options === null) {
    for (const problem of problems)
      io.stderr(`${formatProblem(problem, { excerpt: io.isTerminal, colour: io.colour })}\n`)
    return exitCodes.config
  }
  const pem = await readFile(resolve(io.cwd, certificate), 'utf8').catch((cause: Error) => cause)
  if (pem instanceof Error) return complain(io, `cannot read ${certificate}: ${pem.message}`, exitCodes.noInput)
  const listener = chooseListener(options, values.listener)
  if (!listener.ok) return complain(io, listener.error, exitCodes.usage)
  const domain = chooseDomain(options, values.host)
  if (!domain.ok) return complain(io, domain.error, exitCodes.usage)
  const explained = await explain({
    pem,
    authzid: values.authzid ?? null,
    domain: domain.value,
    listener: listener.value,
    options,
    now: Date.now(),
  })
  if (!explained.ok) return complain(io, `${certificate}: ${explained.error}`, exitCodes.noInput)
  return print(explained.value, listener.value, values.json === true, io)
}

function print(explanation: Explanation, listener: C2sOptions, json: boolean, io: CliIo): number {
  io.stdout(
    json
      ? `${JSON.stringify(explanationData(explanation, listener), null, 2)}\n`
      : explanationText(explanation, listener, io),
  )
  return explanation.decision.outcome.kind === 'allow' ? exitCodes.ok : exitCodes.denied
}

function complain(io: CliIo, text: string, code: number): number {
  io.stderr(`signet explain: ${text}\n`)
  return code
}

/** By name, or by port alone; the first listener when none is named. */
function chooseListener({ c2s }: SignetOptions, wanted: string | undefined): Result<C2sOptions, string> {
  const found = wanted === undefined ? c2s[0] : c2s.find(({ name, port }) => name === wanted || String(port) === wanted)
  if (found !== undefined) return ok(found)
  return fail(`no listener '${wanted}'; there are ${c2s.map(({ name }) => `'${name}'`).join(', ')}`)
}

function chooseDomain({ general }: SignetOptions, wanted: string | undefined): Result<string, string> {
  if (wanted === undefined) return ok(general.defaultServerDomain)
  const domain = prepareDomain(wanted)
  if (!domain.ok) return fail(`--host ${wanted}: ${domain.error.why}`)
  if (general.hosts.includes(domain.value)) return ok(domain.value)
  return fail(`${wanted} is not served; general.hosts has ${general.hosts.join(', ')}`)
}
