/** The store that a configuration names: what `check` finds, and what the start says of it. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { runCheck } from '../../src/cli/check.ts'
import { runExplain } from '../../src/cli/explain.ts'
import { runServe } from '../../src/cli/serve.ts'
import { openDatabase } from '../../src/session/local/store/database.ts'
import { applicationId, migrations } from '../../src/session/local/store/schema.ts'
import { createFakeIo } from '../cli/fake-io.ts'
import { createFolder, type Folder, goodConfig } from './support.ts'

/** The configuration on a free port, with a store; the name of the store stands in line 9, column 12. */
function withStore(folder: Folder, database: string): string {
  const text = goodConfig().replace('5222', '0')
  return folder.write('signet.toml', `${text}[session.local]\ndatabase = ${JSON.stringify(database)}\n`)
}

/** Makes a database by these statements. */
function makeDatabase(statements: string): (path: string) => void {
  return (path) => {
    using database = new DatabaseSync(path)
    database.exec(statements)
  }
}

function openStoreFile(path: string): DatabaseSync {
  const opened = openDatabase(path)
  assert.ok(opened.ok)
  return opened.value
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
    name: 'a pipe',
    database: 's.sqlite',
    prepare: (path) => void spawnSync('mkfifo', [path]),
    says: 'PATH is no file',
    starts: '',
  },
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
  {
    name: 'a database of another program, marked as such',
    database: 's.sqlite',
    prepare: makeDatabase('PRAGMA application_id = 252006675; CREATE TABLE t (c)'),
    says: 'PATH: the file is an SQLite database of another program',
  },
  {
    name: 'a database of another program, by its one table',
    database: 's.sqlite',
    prepare: makeDatabase('CREATE TABLE t (c)'),
    says: 'PATH: the file is an SQLite database of another program',
  },
  {
    name: 'a database of another program with many tables',
    database: 's.sqlite',
    prepare: makeDatabase(Array.from({ length: 100 }, (_, n) => `CREATE TABLE t${n} (${'c'.repeat(200)});`).join('\n')),
    says: 'PATH: the file is an SQLite database of another program',
  },
  {
    name: 'a database of another program, by its version',
    database: 's.sqlite',
    prepare: makeDatabase('PRAGMA user_version = 1'),
    says: 'PATH: the file is an SQLite database of another program',
  },
  {
    name: 'a store of a newer release',
    database: 's.sqlite',
    prepare: makeDatabase(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = 99; CREATE TABLE t (c)`),
    says: `PATH: the file was written by a newer Signet (schema 99; this one knows ${migrations.length})`,
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
    ['a database without tables', makeDatabase('PRAGMA application_id = 252006675')],
    ['a store', (path) => openStoreFile(path).close()],
    ['a store in use', (path) => void openStoreFile(path)],
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

/** The configuration with a store, and with accounts, whose name stands in line 13, column 12. */
function withAccounts(folder: Folder, database: string, store = 'store.sqlite'): string {
  const text = goodConfig().replace('5222', '0')
  const accounts = `[outgoing_pools.rdbms.default.connection]\ndriver = "sqlite"\ndatabase = ${JSON.stringify(database)}\n`
  return folder.write(
    'signet.toml',
    `${text}[session.local]\ndatabase = "${store}"\n[auth]\nmethods = ["rdbms"]\n${accounts}`,
  )
}

describe('accounts that cannot be', () => {
  const same = 'PATH is the store as well (`session.local.database`); name another file'
  const linked = (path: string, folder: Folder): void => {
    openStoreFile(join(folder.path, 'store.sqlite')).close()
    symlinkSync('store.sqlite', path)
  }
  const refused: readonly Row[] = [
    ...rows.slice(
      0,
      rows.findIndex(({ name }) => name.includes('another program')),
    ),
    { name: 'the store itself', database: 'store.sqlite', says: same },
    { name: 'a link to the store', database: 'a.sqlite', prepare: linked, says: same },
    {
      name: 'the store through a link to its folder, before it is there',
      database: 'here/store.sqlite',
      prepare: (_, { path }) => symlinkSync('.', join(path, 'here')),
      says: same,
    },
  ]
  for (const { name, database, prepare, says } of refused) {
    test(name, async () => {
      using folder = createFolder()
      const path = database.startsWith('/') ? database : join(folder.path, database)
      prepare?.(path, folder)
      const file = withAccounts(folder, database)
      const fake = createFakeIo(folder.path)
      assert.equal(await runCheck(['--config', file], fake.io), 78)
      const sentence = says.replaceAll('PATH', path).replaceAll('FOLDER', folder.path)
      const option = 'outgoing_pools.rdbms.default.connection.database'
      assert.equal(fake.out(), `${file}:14:12: error: ${option}: ${sentence}\n\nrefused: 1 error, 0 warnings\n`)
    })
  }
})

describe('accounts that can be', () => {
  const good: readonly [string, (path: string) => void][] = [
    ['none yet', () => undefined],
    ['an empty file', (path) => writeFileSync(path, '')],
    ['a database of whatever program', makeDatabase('PRAGMA application_id = 252006675; CREATE TABLE t (c)')],
  ]
  for (const [name, prepare] of good) {
    test(name, async () => {
      using folder = createFolder()
      const path = join(folder.path, 'a.sqlite')
      prepare(path)
      const before = existsSync(path)
      const fake = createFakeIo(folder.path)
      assert.equal(await runCheck(['--config', withAccounts(folder, 'a.sqlite')], fake.io), 0, fake.out())
      assert.equal(existsSync(path), before)
    })
  }

  test('beside a store in memory', async () => {
    using folder = createFolder()
    const fake = createFakeIo(folder.path)
    assert.equal(await runCheck(['--config', withAccounts(folder, 'a.sqlite', ':memory:')], fake.io), 0, fake.out())
  })
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

test('accounts that this user may only read are enough, those that it may not read are not', {
  skip: !canRun(),
}, () => {
  using folder = createFolder()
  const accounts = join(folder.path, 'accounts')
  mkdirSync(accounts)
  makeDatabase('CREATE TABLE users (c)')(join(accounts, 'a.sqlite'))
  chmodSync(accounts, 0o555)
  for (const part of ['', 'server.key', 'server.pem', 'ca.pem']) {
    chmodSync(join(folder.path, part), part === '' ? 0o755 : 0o644)
  }
  const file = withAccounts(folder, 'accounts/a.sqlite', ':memory:')
  chmodSync(file, 0o644)
  const check = () => spawnSync(process.execPath, [main, 'check', '--config', file], { ...stranger, encoding: 'utf8' })
  for (const [mode, status, says] of [
    [0o444, 0, /^ok: /m],
    [0o000, 78, /accounts cannot be written by this user \(permission denied\)$/m],
  ] as const) {
    chmodSync(join(accounts, 'a.sqlite'), mode)
    const checked = check()
    assert.equal(checked.status, status, checked.stdout)
    assert.match(checked.stdout, says)
  }
  chmodSync(accounts, 0o755)
})
