/** The store that a configuration names: what `check` finds, and what the start says of it. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { runCheck } from '../../src/cli/check.ts'
import { runExplain } from '../../src/cli/explain.ts'
import { runServe } from '../../src/cli/serve.ts'
import { createFakeIo } from '../cli/fake-io.ts'
import { createFolder, type Folder, goodConfig } from './support.ts'

/** The configuration on a free port, with a store; the name of the store stands in line 9, column 12. */
function withStore(folder: Folder, database: string): string {
  const text = goodConfig().replace('5222', '0')
  return folder.write('signet.toml', `${text}[session.local]\ndatabase = ${JSON.stringify(database)}\n`)
}

interface Row {
  readonly name: string
  readonly database: string
  readonly prepare?: (path: string, folder: Folder) => void
  /** What `check` says of `PATH`, below `FOLDER`. */
  readonly says: string
  /** What the start says, where it is not the same. */
  readonly starts?: string
}

const rows: readonly Row[] = [
  {
    name: 'in a folder that is not there',
    database: 'gone/deep/s.sqlite',
    says: 'the folder FOLDER/gone/deep does not exist',
  },
  { name: 'below a file', database: 'ca.pem/s.sqlite', says: 'the folder FOLDER/ca.pem is no folder' },
  {
    name: 'a folder itself',
    database: 's.sqlite',
    prepare: (path) => mkdirSync(path),
    says: 'PATH is a folder, not a file',
  },
  { name: 'a device', database: '/dev/null', says: '/dev/null is no file', starts: '' },
  {
    name: 'a file of something else',
    database: 's.sqlite',
    prepare: (path) => writeFileSync(path, 'roster\n'.repeat(1000)),
    says: 'PATH is no SQLite database',
    starts: 'PATH: the file is no SQLite database',
  },
  {
    name: 'a file that is too short for one',
    database: 's.sqlite',
    prepare: (path) => writeFileSync(path, 'SQLite format 3'),
    says: 'PATH is no SQLite database',
    starts: 'PATH: the file is no SQLite database',
  },
]

describe('a store that cannot be', () => {
  for (const { name, database, prepare, says, starts = says } of rows) {
    test(name, async () => {
      using folder = createFolder()
      const path = database.startsWith('/') ? database : join(folder.path, database)
      prepare?.(path, folder)
      const file = withStore(folder, database)
      const text = (wanted: string): string => wanted.replaceAll('PATH', path).replaceAll('FOLDER', folder.path)
      const checked = createFakeIo(folder.path)
      assert.equal(await runCheck(['--config', file], checked.io), 78)
      assert.equal(
        checked.out(),
        `${file}:9:12: error: session.local.database: ${text(says)}\n\nrefused: 1 error, 0 warnings\n`,
      )
      if (starts === '') return
      const served = createFakeIo(folder.path)
      assert.equal(await runServe(['--config', file], served.io), 78)
      assert.equal(served.err(), `signet: session.local.database: ${text(starts)}\n`)
    })
  }
})

describe('a store that can be', () => {
  const good: readonly [string, (path: string) => void][] = [
    ['none yet', () => undefined],
    ['an empty file', (path) => writeFileSync(path, '')],
    ['a database', (path) => new DatabaseSync(path).exec('CREATE TABLE t (c)')],
  ]
  for (const [name, prepare] of good) {
    test(name, async () => {
      using folder = createFolder()
      const path = join(folder.path, 's.sqlite')
      prepare(path)
      const before = existsSync(path)
      const fake = createFakeIo(folder.path)
      assert.equal(await runCheck(['--config', withStore(folder, 's.sqlite')], fake.io), 0, fake.out())
      assert.equal(existsSync(path), before)
    })
  }

  test('in memory', async () => {
    using folder = createFolder()
    const fake = createFakeIo(folder.path)
    assert.equal(await runCheck(['--config', withStore(folder, ':memory:')], fake.io), 0, fake.out())
  })
})

test('explain does not ask for the store, which its user need not reach', async () => {
  using folder = createFolder()
  const file = withStore(folder, 'gone/s.sqlite')
  const fake = createFakeIo(folder.path)
  assert.equal(await runExplain(['server.pem', '--config', file], fake.io), 1)
  assert.equal(fake.err(), '')
})

/** Somebody with no rights of their own: nobody where root runs the tests, else whoever does. */
const stranger = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
const main = join(import.meta.dirname, '../../src/main.ts')

/** Whether a stranger can run the program from where it lies. */
function canRun(): boolean {
  return spawnSync(process.execPath, [main, '--version'], stranger).status === 0
}

describe('a store that this user may not write', { skip: !canRun() }, () => {
  const denied = 'cannot be written by this user (permission denied)'
  for (const [name, prepare, says] of [
    ['its folder', (store: string) => chmodSync(store, 0o555), `the folder FOLDER/store ${denied}`],
    [
      'the file',
      (store: string) => {
        writeFileSync(join(store, 's.sqlite'), '', { mode: 0o444 })
        chmodSync(store, 0o777)
      },
      `FOLDER/store/s.sqlite ${denied}`,
    ],
  ] as const) {
    test(name, () => {
      using folder = createFolder()
      const store = join(folder.path, 'store')
      mkdirSync(store)
      prepare(store)
      for (const part of ['', 'server.key', 'server.pem', 'ca.pem']) {
        chmodSync(join(folder.path, part), part === '' ? 0o755 : 0o644)
      }
      const file = withStore(folder, 'store/s.sqlite')
      chmodSync(file, 0o644)
      const run = (command: string) =>
        spawnSync(process.execPath, [main, command, '--config', file], { ...stranger, encoding: 'utf8' })
      const sentence = says.replace('FOLDER', folder.path)
      const checked = run('check')
      assert.equal(checked.status, 78)
      assert.ok(checked.stdout.includes(`:9:12: error: session.local.database: ${sentence}\n`), checked.stdout)
      const served = run('serve')
      assert.equal(served.status, 78)
      assert.ok(served.stderr.endsWith(`signet: session.local.database: ${sentence}\n`), served.stderr)
    })
  }
})
