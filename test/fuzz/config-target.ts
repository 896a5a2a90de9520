/**
 * Configuration files: loading never throws, gives either options or reasons, every reason has a place inside of the
 * file, and none of them shows a password.
 */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import {
  type ConfigProblem,
  formatProblem,
  type LoadedOptions,
  loadOptions,
  type RefusedOptions,
} from '../../src/options.ts'
import type { Result } from '../../src/result.ts'
import type { Random } from '../support/pki/random.ts'
import { mutateBytes, mutateText } from './mutate.ts'
import { expect, type FuzzTarget, hashOf } from './target.ts'

/** Stands for a password wherever the generator writes one. */
const password = 'correcthorse99'
/** The word as the value of an option that is called so, which is where it must not be quoted from. */
const asPassword = new RegExp(`password\\s*=\\s*(?:"""\\s*|'''\\s*|"|')${password}`, 'g')
const names = ['ca.pem', 'server.pem', 'server.key', 'example.org.pem', 'company-ca.pem', 'folder']
const pieces = [
  ...[
    '[',
    ']',
    '[[',
    ']]',
    '=',
    '"',
    "'",
    '"""',
    "'''",
    '{',
    '}',
    ',',
    '.',
    '#',
    '\n',
    '\r\n',
    '\t',
    ' ',
    '\\',
    '\0',
    'é',
    '😀',
  ],
  ...[
    'true',
    'false',
    '0',
    '-1',
    '1e9',
    '0x10',
    '5222',
    '99999999999999999999',
    'nan',
    'inf',
    '2026-01-01',
    '12:00:00',
    '[]',
    '{}',
  ],
  ...[
    '[general]\n',
    '[[listen.c2s]]\n',
    '[listen.c2s]\n',
    '[auth]\n',
    '[listen.http]\n',
    '[modules.mod_roster]\n',
    '[host_config]\n',
  ],
  ...[
    'tls.',
    'tls.mode = "tls"\n',
    'tls.verify_peer = true\n',
    'tls.verify_mode = "none"\n',
    'hosts = ["a", "a."]\n',
    'port = 5222\n',
  ],
  ...[
    'methods = ["pki", "http"]\n',
    'method = ["pki"]\n',
    'sasl_mechanisms = []\n',
    'sasl_external = ["auth_id"]\n',
    '__proto__',
  ],
  ...[
    'constructor = 1\n',
    'loglevel = "dbug"\n',
    'max_stanza_size = 0\n',
    'certfile = "server.pem"\n',
    '"\\u0000"',
    '\\e',
    '"\\u001b[31m" = 1\n',
    '"\\ud800"',
  ],
  ...[
    `password = "${password}"\n`,
    `password = """\n${password}\n"""\n`,
    `tls.password = '${password}'\n`,
    `password = ["${password}"]\n`,
  ],
  ...[`{ password = "${password}", host = 7 }`, `passwort = "${password}"\n`, 'a.b.c.d.e = 1\n', '"" = 1\n'],
]

const keys = [
  ...[
    'host',
    'tls.mode',
    'tls.verify_mode',
    'tls.verify_peer',
    'tls.disconnect_on_failure',
    'tls.ciphers',
    'tls.versions',
  ],
  ...[
    'tls.password',
    'password',
    'tls.sni',
    'method',
    'methods',
    'sasl_mechanisms',
    'max_stanza_size',
    'hibernate_after',
  ],
  ...[
    'num_acceptors',
    'ip_address',
    'ip_version',
    'backlog',
    'shaper',
    'access',
    'loglevl',
    '__proto__',
    '"\\u001b"',
    'a.b',
  ],
]
const values = [
  ...[
    'true',
    'false',
    '0',
    '-1',
    '1.5',
    'nan',
    'inf',
    '5222',
    '70000',
    '4294967296',
    '""',
    '"x"',
    '"none"',
    '"peer"',
    '"tls"',
  ],
  ...[
    '[]',
    '[1]',
    '["pki"]',
    '["external", "external"]',
    '["standard", "auth_id"]',
    '{}',
    '{ a = 1 }',
    '[[[]]]',
    '2026-01-01',
  ],
  ...[
    '"server.pem"',
    '"folder"',
    '"\\u0000"',
    '"\\u001b[2J"',
    '"\u202eno"',
    '"a.example"',
    '["a.example", "A.EXAMPLE."]',
    '"::1"',
  ],
  ...[
    `"${password}"`,
    `["${password}"]`,
    `{ password = "${password}", host = 7 }`,
    `"""\n${password}\n"""`,
    '[{ host = "a.example" }]',
  ],
]

/** Fuzzes `loadOptions` over the example files. */
export function createConfigTarget(): FuzzTarget {
  const folder = mkdtempSync(join(tmpdir(), 'signet-fuzz-'))
  for (const name of names.slice(0, -1)) writeFileSync(join(folder, name), '', { mode: 0o600 })
  mkdirSync(join(folder, 'folder'))
  const path = join(folder, 'signet.toml')
  const examples = readExamples()
  return {
    name: 'config',
    quickInputs: 1200,
    longShare: 20_000,
    generate: (random) => generate(random, examples),
    check: (input) => checkText(path, Buffer.from(input).toString('utf8'), hashOf(input)),
    settle: async () => [],
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true }),
  }
}

function readExamples(): readonly string[] {
  const root = join(import.meta.dirname, '..', '..')
  const folders = [join(root, 'config'), join(root, 'test', 'config', 'tutorials')]
  return folders.flatMap((home) =>
    readdirSync(home)
      .filter((name) => name.endsWith('.toml'))
      .sort()
      // Comments take half of a file, and nothing can be wrong in them.
      .map((name) => readFileSync(join(home, name), 'utf8').replaceAll(/^\s*#.*\n/gm, ''))
      .map((text) => text.replaceAll(/password = "[^"]*"/g, `password = "${password}"`)),
  )
}

function generate(random: Random, examples: readonly string[]): Uint8Array {
  const base = random.pick(examples)
  const text = random.chance(0.3) ? withLines(random, base, random.pick(examples)) : base
  if (random.chance(0.7)) return Buffer.from(withOtherValues(random, text))
  if (random.chance(0.3)) return mutateBytes(random, Buffer.from(text))
  return Buffer.from(mutateText(random, text, pieces))
}

/** A file that is TOML still, with one to three values, keys or lines of another kind. */
function withOtherValues(random: Random, text: string): string {
  const lines = text.split('\n')
  const known = lines.flatMap((line) => (line.includes(' = ') ? [line.split(' = ')[0] ?? ''] : []))
  for (let left = 1 + random.below(3); left > 0; left -= 1) {
    const at = random.below(lines.length)
    const [key = '', value = ''] = (lines[at] ?? '').split(/ = (.*)/)
    if (value !== '' && random.chance(0.6)) lines[at] = `${key} = ${random.pick(values)}`
    else if (value !== '' && random.chance(0.4)) lines[at] = `${random.pick([...known, ...keys])} = ${value}`
    else if (random.chance(0.3)) lines.splice(at, 1)
    else lines.splice(at, 0, `${random.pick([...known, ...keys])} = ${random.pick(values)}`)
  }
  return lines.join('\n')
}

/** Lines of one file among those of another. */
function withLines(random: Random, text: string, other: string): string {
  const lines = text.split('\n')
  const others = other.split('\n')
  const from = random.below(others.length)
  lines.splice(random.below(lines.length), random.below(3), ...others.slice(from, from + 1 + random.below(4)))
  return lines.join('\n')
}

type Loaded = Result<LoadedOptions, RefusedOptions>

function checkText(path: string, text: string, hash: number): void {
  const loaded = loadOptions({ path, text })
  if (hash % 8 === 0) expect(isDeepStrictEqual(loadOptions({ path, text }), loaded), 'something else the second time')
  const problems = problemsOf(loaded)
  const hidesPasswords = text.split(password).length - 1 === [...text.matchAll(asPassword)].length
  const lines = text.split('\n')
  for (const problem of problems) {
    checkPlace(problem, path, lines)
    const words = formatProblem(problem, { excerpt: true, colour: false })
    expect(!/[^\P{Cc}\t\n]/u.test(words), `words that upset a terminal: ${JSON.stringify(words)}`)
    const shown = `${formatProblem(problem, { excerpt: true, colour: true })}${formatProblem(problem)}${JSON.stringify(problem)}`
    expect(!hidesPasswords || !shown.includes(password), `a password is shown: ${shown}`)
  }
  if (loaded.ok) checkOptions(loaded.value)
  else expect(loaded.error.problems.length > 0, 'refused for no reason')
}

function problemsOf(loaded: Loaded): readonly ConfigProblem[] {
  if (loaded.ok) return loaded.value.warnings
  const { problems, warnings } = loaded.error
  expect(
    problems.every(({ severity }) => severity === 'error'),
    'a warning among the errors',
  )
  return [...problems, ...warnings]
}

function checkPlace({ file, line, column, message }: ConfigProblem, path: string, lines: readonly string[]): void {
  expect(file === path, 'a problem of another file')
  const text = lines[line - 1]
  const where = `${line}:${column} (${message})`
  expect(Number.isInteger(line) && text !== undefined, `a place outside of the file: ${where}`)
  expect(Number.isInteger(column) && column >= 1 && column <= text.length + 1, `a place outside of the line: ${where}`)
  expect(message.length > 0 && message.length < 2000, `a message of ${message.length} characters`)
}

function checkOptions({ options }: LoadedOptions): void {
  const { general, c2s, auth } = options
  expect(general.hosts.length > 0 && general.hosts.includes(general.defaultServerDomain), 'no domain')
  expect(c2s.length > 0 && auth.methods.length > 0 && auth.mechanisms.length > 0, 'nothing to serve')
  for (const { port, maxStanzaBytes, loginTimeoutMs, maxConnections } of c2s) {
    expect(Number.isInteger(port) && port >= 0 && port <= 65_535, 'no port')
    for (const limit of [maxStanzaBytes, loginTimeoutMs, maxConnections]) {
      expect(Number.isFinite(limit) && limit > 0, 'a limit that is none')
    }
  }
}
