/** The source is built as the floor plan says; and the inspector that finds this out can find faults. */

import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { inspect, maxLines } from './floor-plan.ts'

const root = join(import.meta.dirname, '..', '..')

function sourcesOf(pattern: string): Map<string, string> {
  const paths = globSync(pattern, { cwd: root }).sort()
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]))
}

describe('the house', () => {
  test('src is built as planned', () => {
    const sources = sourcesOf('src/**/*.ts')
    assert.ok(sources.size > 50)
    assert.deepEqual(inspect(sources), [])
  })

  test('no test file is too long, and none has a default export', () => {
    const long: string[] = []
    for (const [path, text] of sourcesOf('test/**/*.ts')) {
      if (text.split('\n').length - 1 > maxLines) long.push(`${path} has more than ${maxLines} lines`)
      if (/^export default /m.test(text)) long.push(`${path} has a default export`)
    }
    assert.deepEqual(long, [])
  })
})

interface Fault {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  readonly found: readonly string[]
}

const empty = { 'src/result.ts': '', 'src/xml/a.ts': '', 'src/jid/a.ts': '', 'src/stream/a.ts': '', 'src/app.ts': '' }

const faults: readonly Fault[] = [
  { name: 'downwards', files: { 'src/sasl/a.ts': "import { a } from '../jid/a.ts'\n" }, found: [] },
  {
    name: 'inside of a room',
    files: { 'src/sasl/a.ts': "import { b } from './b.ts'\n", 'src/sasl/b.ts': '' },
    found: [],
  },
  {
    name: 'upwards, a type',
    files: { 'src/sasl/a.ts': "import type { A } from '../stream/a.ts'\n" },
    found: ['src/sasl/a.ts (sasl, floor 4) imports src/stream/a.ts (stream, floor 5)'],
  },
  {
    name: 'upwards, exported again',
    files: { 'src/sasl/a.ts': "export { a } from '../stream/a.ts'\n" },
    found: ['src/sasl/a.ts (sasl, floor 4) imports src/stream/a.ts (stream, floor 5)'],
  },
  {
    name: 'upwards, at run time',
    files: { 'src/sasl/a.ts': "const a = await import('../stream/a.ts')\n" },
    found: ['src/sasl/a.ts (sasl, floor 4) imports src/stream/a.ts (stream, floor 5)'],
  },
  {
    name: 'upwards, for its effects',
    files: { 'src/sasl/a.ts': "import '../stream/a.ts'\n" },
    found: ['src/sasl/a.ts (sasl, floor 4) imports src/stream/a.ts (stream, floor 5)'],
  },
  {
    name: 'sideways',
    files: { 'src/xml/b.ts': "import { a } from '../jid/a.ts'\n" },
    found: ['src/xml/b.ts (xml, floor 1) imports src/jid/a.ts (jid, floor 1)'],
  },
  {
    name: 'into an implementation',
    files: { 'src/stream/b.ts': "import { a } from '../session/local/a.ts'\n", 'src/session/local/a.ts': '' },
    found: ['src/stream/b.ts imports src/session/local/a.ts: only the composition knows what is behind a port'],
  },
  {
    name: 'from one backend to another',
    files: { 'src/auth/backends/a.ts': "import { b } from './b.ts'\n", 'src/auth/backends/b.ts': '' },
    found: ['src/auth/backends/a.ts imports src/auth/backends/b.ts: only the composition knows what is behind a port'],
  },
  {
    name: 'into an implementation from the composition',
    files: { 'src/app.ts': "import { a } from './session/local/a.ts'\n", 'src/session/local/a.ts': '' },
    found: [],
  },
  {
    name: 'into an implementation from the library',
    files: { 'src/index.ts': "export { a } from './session/local/a.ts'\n", 'src/session/local/a.ts': '' },
    found: [],
  },
  {
    name: 'the library from below',
    files: { 'src/listener/a.ts': "import { a } from '../index.ts'\n", 'src/index.ts': '' },
    found: ['src/listener/a.ts (listener, floor 7) imports src/index.ts (library, floor 9)'],
  },
  {
    name: 'in a ring',
    files: { 'src/sasl/a.ts': "import { b } from './b.ts'\n", 'src/sasl/b.ts': "import type { A } from './a.ts'\n" },
    found: ['a ring of imports: src/sasl/a.ts → src/sasl/b.ts → src/sasl/a.ts'],
  },
  {
    name: 'a room that is not planned',
    files: { 'src/attic/a.ts': "import { a } from '../result.ts'\n" },
    found: ['src/attic/a.ts is in no room of the plan'],
  },
  {
    name: 'the network in the wrong room',
    files: {
      'src/stream/b.ts': "import type { Socket } from 'node:net'\n",
      'src/listener/a.ts': "import 'node:net'\n",
    },
    found: ['src/stream/b.ts may not import node:net'],
  },
  {
    name: 'files in the wrong room',
    files: { 'src/sasl/a.ts': "import { readFile } from 'node:fs/promises'\n" },
    found: ['src/sasl/a.ts may not import node:fs/promises'],
  },
  {
    name: 'process in the wrong room, comments and texts aside',
    files: {
      'src/sasl/a.ts': "// process.env\nconst a = 'process.env'\n",
      'src/sasl/b.ts': "const a = process.env['A']\n",
      'src/sasl/c.ts': `const a = \`\${process.pid}\`\n`,
    },
    found: ['src/sasl/b.ts touches process', 'src/sasl/c.ts touches process'],
  },
  {
    name: 'the end of the process outside of main',
    files: { 'src/cli/a.ts': 'process.exitCode = 1\n', 'src/main.ts': 'process.exit(1)\n' },
    found: ['src/cli/a.ts ends the process'],
  },
  {
    name: 'a default export, any, an enum',
    files: {
      'src/sasl/a.ts': 'export default 1\n',
      'src/sasl/b.ts': 'const a: any = 1\n',
      'src/sasl/c.ts': 'export enum A {}\n',
      'src/sasl/d.ts': '/** any: default */\nconst a = 1 as Record<string, any>\n',
      'src/sasl/e.ts': "const any = 1, b = { any: 2, c: any }\nconst d = 'x: any'\n".replace('c: any', "c: 'any'"),
    },
    found: [
      'src/sasl/a.ts has a default export',
      'src/sasl/b.ts uses the type any',
      'src/sasl/c.ts declares an enum',
      'src/sasl/d.ts uses the type any',
    ],
  },
  {
    name: 'a file that is too long',
    files: { 'src/sasl/a.ts': '\n'.repeat(maxLines), 'src/sasl/b.ts': '\n'.repeat(maxLines + 1) },
    found: [`src/sasl/b.ts has ${maxLines + 1} lines, more than ${maxLines}`],
  },
]

describe('the inspector', () => {
  for (const { name, files, found } of faults) {
    test(name, () => assert.deepEqual(inspect(new Map(Object.entries({ ...empty, ...files }))), found))
  }
})
