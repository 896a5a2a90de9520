/** The store: refusals at open, bounds, and that what was written is there again. */

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, it } from 'node:test'
import { openDatabase } from '../../src/session/local/store/database.ts'
import { openStore, type Store } from '../../src/session/local/store/store.ts'
import { noSubscription } from '../../src/session/local/subscriptions.ts'

const folder = mkdtempSync(join(tmpdir(), 'signet-store-'))
after(() => rmSync(folder, { recursive: true }))

const bounds = { maxOfflineMessages: 3, maxOfflineBytes: 40, maxPrivateItems: 2, maxPrivateBytes: 20 }
const owner = 'alice@localhost'
let files = 0

function newPath(): string {
  files += 1
  return join(folder, `${files}.sqlite`)
}

function open(path = ':memory:'): Store {
  const opened = openStore(path, bounds)
  if (!opened.ok) throw new Error(opened.error.why)
  return opened.value
}

function refusal(path: string): string {
  const opened = openStore(path, bounds)
  if (opened.ok) {
    opened.value.close()
    return 'opened'
  }
  assert.equal(opened.error.path, path)
  return `${opened.error.code}: ${opened.error.why}`
}

describe('what is refused at open', () => {
  it('a file that is no database', () => {
    const path = newPath()
    writeFileSync(path, 'roster\n'.repeat(1000))
    assert.equal(refusal(path), 'store-corrupt: the file is no SQLite database')
  })

  it('a database with a damaged page', () => {
    const path = newPath()
    const store = open(path)
    store.enroll(owner)
    for (let n = 0; n < 3; n += 1) store.offline.add(owner, 'x'.repeat(10), n)
    store.close()
    const database = new DatabaseSync(path)
    const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count'])
    const size = Number(database.prepare('PRAGMA page_size').get()?.['page_size'])
    const bytes = database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get('offline')
    database.close()
    assert.ok(pages > 2)
    const content = readFileSync(path)
    content.fill(0x5a, (Number(bytes?.['rootpage']) - 1) * size, Number(bytes?.['rootpage']) * size)
    writeFileSync(path, content)
    assert.match(refusal(path), /^store-corrupt: SQLite finds the file damaged/)
  })

  it('a file that another process has open', () => {
    const path = newPath()
    const store = open(path)
    assert.match(refusal(path), /^store-locked: another process has the file open/)
    store.close()
    assert.equal(refusal(path), 'opened')
  })

  it('a database of another program', () => {
    const path = newPath()
    const database = new DatabaseSync(path)
    database.exec('CREATE TABLE bookmarks (url TEXT)')
    database.close()
    assert.equal(refusal(path), 'store-foreign: the file is an SQLite database of another program')
  })

  it('a file of a newer version', () => {
    const path = newPath()
    open(path).close()
    const database = new DatabaseSync(path)
    database.exec('PRAGMA user_version = 99')
    database.close()
    assert.match(refusal(path), /^store-newer: the file was written by a newer Signet \(schema 99;/)
  })

  it('a folder that is not there', () => {
    assert.match(refusal(join(folder, 'missing', 'x.sqlite')), /^store-unavailable: unable to open database file/)
  })
})

describe('accounts and transactions', () => {
  it('an account is new once', () => {
    const store = open()
    assert.deepEqual(
      [store.knows(owner), store.enroll(owner), store.enroll(owner), store.knows(owner)],
      [false, true, false, true],
    )
  })

  it('what throws leaves nothing behind', () => {
    const store = open()
    assert.throws(
      () =>
        store.transaction(() => {
          store.enroll(owner)
          store.transaction(() => store.offline.add(owner, '<message/>', 0))
          throw new RangeError('half done')
        }),
      /half done/,
    )
    assert.equal(store.knows(owner), false)
  })
})

describe('bounds', () => {
  it('offline messages by number, each account for itself', () => {
    const store = open()
    store.enroll(owner)
    store.enroll('bob@localhost')
    assert.deepEqual(
      [1, 2, 3, 4].map((n) => store.offline.add(owner, `m${n}`, n)),
      [true, true, true, false],
    )
    assert.equal(store.offline.add('bob@localhost', 'm', 0), true)
  })

  it('offline messages by bytes, not characters', () => {
    const store = open()
    store.enroll(owner)
    assert.deepEqual([store.offline.add(owner, 'ü'.repeat(19), 0), store.offline.add(owner, 'üü', 0)], [true, false])
    assert.equal(store.offline.add(owner, 'ü', 0), true)
  })

  it('private elements by number and bytes; one may replace itself', () => {
    const store = open()
    store.enroll(owner)
    const save = (name: string, markup: string) => store.privateXml.save(owner, { name, xmlns: 'urn:x', markup })
    assert.deepEqual([save('a', 'x'.repeat(18)), save('a', 'y'.repeat(20)), save('b', 'z')], [true, true, false])
    assert.deepEqual([save('a', 'x'), save('b', 'x'), save('c', 'x')], [true, true, false])
    assert.equal(store.privateXml.find(owner, 'a', 'urn:y'), null)
  })
})

it('everything is there after the file was closed and opened', () => {
  const path = newPath()
  const contact = {
    jid: 'bob@localhost',
    listed: true,
    name: 'Bob "B"',
    groups: ['one', 'zwei'],
    state: { ...noSubscription, to: true, pendingIn: true, approved: false },
    request: "<presence type='subscribe'/>",
  }
  const before = open(path)
  before.enroll(owner)
  before.roster.save(owner, contact, 100)
  const version = before.roster.nextVersion(owner)
  before.offline.add(owner, '<message>1</message>', 17)
  before.privateXml.save(owner, { name: 'a', xmlns: 'urn:x', markup: '<a/>' })
  before.close()

  const store = open(path)
  assert.equal(store.knows(owner), true)
  assert.deepEqual(store.roster.items(owner), [contact])
  assert.deepEqual(store.roster.find(owner, 'bob@localhost'), contact)
  assert.deepEqual(store.roster.requests(owner), ["<presence type='subscribe'/>"])
  assert.deepEqual(store.roster.subscriptions(owner), ['bob@localhost'])
  assert.deepEqual(store.roster.subscribers(owner), [])
  assert.deepEqual(store.roster.usage(owner), { items: 1, bytes: 100, requests: 1 })
  assert.equal(store.roster.version(owner), version)
  assert.deepEqual(store.offline.list(owner), [{ id: 1, storedAt: 17, markup: '<message>1</message>' }])
  assert.equal(store.privateXml.find(owner, 'a', 'urn:x'), '<a/>')
  store.close()
})

it('messages are found in the order in which they came, however late they are kept, and after a restart', () => {
  const path = newPath()
  const before = open(path)
  before.enroll(owner)
  const first = before.offline.nextId()
  before.offline.add(owner, 'second', 2)
  before.offline.add(owner, 'first', 1, first)
  before.close()
  const store = open(path)
  store.offline.add(owner, 'third', 3)
  assert.deepEqual(
    store.offline.list(owner).map(({ markup }) => markup),
    ['first', 'second', 'third'],
  )
  store.close()
})

it('roster versions of two files never agree', () => {
  const one = open()
  const other = open()
  one.enroll(owner)
  other.enroll(owner)
  assert.notEqual(one.roster.version(owner), other.roster.version(owner))
})

it('commits reach the disk before they are acknowledged', () => {
  const opened = openDatabase(newPath())
  assert.ok(opened.ok)
  const read = (name: string) => Object.values(opened.value.prepare(`PRAGMA ${name}`).get() ?? {})[0]
  // 2 is FULL: in WAL mode anything less may lose commits when the power goes.
  assert.deepEqual([read('journal_mode'), read('synchronous'), read('locking_mode')], ['wal', 2, 'exclusive'])
  opened.value.close()
})
