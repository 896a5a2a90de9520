/** What every database must do for the backend `rdbms`, written once. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createDatabase } from '../../src/auth/backends/rdbms/database.ts'
import { createUserTable, type UserTable } from '../../src/auth/backends/rdbms/table.ts'
import { createPasswordChecker } from '../../src/auth/passwords/checking.ts'
import { formatScram, parseScram } from '../../src/auth/passwords/stored-password.ts'
import { silentLog } from '../../src/observe/log.ts'
import { addAccounts, testPasswords } from '../support/accounts.ts'
import { loginPlain, loginScram } from '../support/password-login.ts'
import { type Catalogue, createCatalogue } from '../support/pki/catalogue.ts'
import { doors, startServer, type TestServer } from '../support/server.ts'
import { openClient, readError, type XmppClient } from '../support/xmpp-client.ts'
import { type DatabaseKind, startDatabase, type TestDatabase } from './server.ts'

/** Runs texts on the database as an administrator would, one after the other, on one connection. */
export interface Administrator extends AsyncDisposable {
  run(text: string, values?: readonly (string | null)[]): Promise<readonly Readonly<Record<string, unknown>>[]>
}

/** What the suite must be told about a database. */
export interface SuiteParts {
  readonly kind: DatabaseKind
  readonly skip: string | false
  readonly connect: (database: TestDatabase) => Promise<Administrator>
  /** The n-th placeholder, from 1. */
  readonly mark: (index: number) => string
  /** Makes every other connection wait for the table, until the connection goes. */
  readonly lock: readonly string[]
}

const domain = 'signet.example'
const legacy = '==SCRAM==,tmi5IE+9pceRV/jkPLFHEaVY33c=,MiWNa8T3dniVDwmh77ufJ41fpAQ=,inKXODlSY5y5SCsLxibi0w==,4096'
const jid = (local: string) => ({ local, domain })
/** Longer than both limits of the pool together. */
const patienceMs = 6_000

/** The tests of one database, as a suite of this name. */
export function databaseSuite(name: string, parts: SuiteParts): void {
  describe(name, { skip: parts.skip, concurrency: false }, () => {
    let database: TestDatabase
    let catalogue: Catalogue
    let server: TestServer
    let table: UserTable
    const checker = createPasswordChecker(testPasswords)

    before(async () => {
      database = await startDatabase(parts.kind)
      {
        await using admin = await parts.connect(database)
        for (const text of parts.kind.schema) await admin.run(text)
      }
      table = createUserTable(createDatabase(database.pool(), silentLog))
      await addAccounts(database.pool(), domain, { alice: 'secret', bob: 'geheim' })
      catalogue = createCatalogue(domain)
      server = await startServer({
        catalogue,
        database: database.pool(),
        auth: { methods: ['pki', 'rdbms'], mechanisms: ['external', 'scram_sha256', 'plain'], password: testPasswords },
      })
    })

    after(async () => {
      await table?.[Symbol.asyncDispose]()
      await server?.[Symbol.asyncDispose]()
      await database?.[Symbol.asyncDispose]()
    })

    const insert = async (local: string, password: string, details: string | null) => {
      await using admin = await parts.connect(database)
      const marks = [1, 2, 3, 4].map(parts.mark).join(', ')
      const text = `INSERT INTO users (username, server, password, pass_details) VALUES (${marks})`
      await admin.run(text, [local, domain, password, details])
    }

    const arrive = async (door: 'starttls' | 'direct' = 'direct'): Promise<XmppClient> =>
      (await openClient({ port: server.portOf(door), door, domain })).client

    /** Condition of the failure, or `success`. */
    const plainOutcome = async (local: string, password: string): Promise<string> => {
      using client = await arrive()
      const answer = await loginPlain(client, local, password)
      return answer.name === 'success' ? 'success' : readError(answer).condition
    }

    test('accounts are added, changed, listed and removed, each once', async () => {
      const stored = await checker.store('first')
      assert.ok(stored !== null)
      assert.equal(await table.replace(jid('carol'), stored), false)
      assert.equal(await table.add(jid('carol'), stored), true)
      assert.equal(await table.add(jid('carol'), stored), false)
      assert.equal(await checker.matches(stored, 'first'), true)
      const changed = await checker.store('second')
      assert.ok(changed !== null && (await table.replace(jid('carol'), changed)))
      assert.deepEqual(await table.find(jid('carol')), changed)
      assert.ok((await table.list(domain)).includes('carol'))
      assert.deepEqual(await table.list('elsewhere.example'), [])
      assert.equal(await table.remove(jid('carol')), true)
      assert.equal(await table.remove(jid('carol')), false)
      assert.equal(await table.find(jid('carol')), null)
      assert.equal(table.connections, 1)
    })

    test('what MongooseIM has stored is read, and what we store it can read', async () => {
      await insert('legacy', '', legacy)
      await insert('clear', 'misio', null)
      await insert('both', 'ignored', legacy)
      await insert('broken', 'ignored', '==SCRAM==,nonsense')
      await insert('empty', '', null)
      for (const local of ['legacy', 'clear', 'both'])
        assert.equal(await plainOutcome(local, 'misio'), 'success', local)
      for (const [local, password] of [
        ['both', 'ignored'],
        ['broken', 'ignored'],
        ['empty', 'x'],
      ] as const) {
        assert.equal(await plainOutcome(local, password), 'not-authorized', local)
      }
      await using admin = await parts.connect(database)
      const [row] = await admin.run(`SELECT password, pass_details FROM users WHERE username = ${parts.mark(1)}`, [
        'alice',
      ])
      assert.equal(row?.['password'], '')
      const details = String(row?.['pass_details'])
      assert.match(
        details,
        /^==MULTI_SCRAM==,4096,===SHA1===[^,]*,==SHA224==[^,]*,==SHA256==[^,]*,==SHA384==[^,]*,==SHA512==/,
      )
      assert.equal(formatScram(parseScram(details)?.secrets ?? assert.fail('unreadable')), details)
    })

    test('a new password in clear takes the old secrets away', async () => {
      await insert('turned', '', legacy)
      assert.equal(await table.replace(jid('turned'), { kind: 'plain', password: 'new' }), true)
      assert.equal(await plainOutcome('turned', 'misio'), 'not-authorized')
      assert.equal(await plainOutcome('turned', 'new'), 'success')
    })

    for (const door of doors) {
      test(`SCRAM and PLAIN log in (${door})`, async () => {
        using client = await arrive(door)
        const { last, isMutual } = await loginScram(client, {
          mechanism: 'SCRAM-SHA-256',
          username: 'bob',
          password: 'geheim',
        })
        assert.equal(last.name, 'success')
        assert.ok(isMutual)
        assert.match(await client.bind(domain), /^bob@/)
      })
    }

    test('an account is the very same text: no other case, accent or white space', async () => {
      await insert('rene', 'pw', null)
      assert.equal(await plainOutcome('rene', 'pw'), 'success')
      assert.equal(await plainOutcome('rené', 'pw'), 'not-authorized')
      for (const local of ['RENE', 'rené', 'rene ']) {
        assert.equal(await table.find(jid(local)), null)
        assert.equal(await table.remove(jid(local)), false)
        assert.equal(await table.replace(jid(local), { kind: 'plain', password: 'x' }), false)
      }
      assert.equal(await plainOutcome('rene', 'pw'), 'success')
    })

    test('names that are SQL are names', async () => {
      const hostile = [
        `' OR '1'='1`,
        `x'; DROP TABLE users; --`,
        `\\' OR 1=1 -- `,
        '%',
        '_____',
        `"`,
        '`users`',
        '$1',
        '?',
      ]
      for (const local of hostile) {
        assert.equal(await table.find(jid(local)), null, local)
        assert.deepEqual(await table.list(local), [])
        assert.equal(await table.add(jid(local), { kind: 'plain', password: `pw of ${local}` }), true)
        assert.deepEqual(await table.find(jid(local)), { kind: 'plain', password: `pw of ${local}` })
        assert.equal(await table.remove(jid(local)), true)
      }
      for (const local of ['%', '_____', 'x`;drop_table_users;--', '$1', '?', '*']) {
        assert.equal(await plainOutcome(local, 'secret'), 'not-authorized', local)
        assert.equal(await plainOutcome('alice', local), 'not-authorized', local)
      }
      assert.equal(await plainOutcome('alice', 'secret'), 'success')
    })

    test('TLS to the database: believed by its CA and name, and nobody else', async () => {
      const { ca } = database.home.tls
      const tls = {
        verify: true,
        cacertfile: ca,
        identity: null,
        versions: ['tlsv1.2', 'tlsv1.3'],
        serverName: null,
        sendsName: true,
      } as const
      const finds = async (changes: Parameters<TestDatabase['pool']>[0]) => {
        await using own = createUserTable(createDatabase(database.pool(changes), silentLog))
        return (await own.find(jid('alice'))) !== null
      }
      assert.equal(await finds({ host: 'localhost', tls }), true)
      await assert.rejects(finds({ host: 'localhost', tls: { ...tls, cacertfile: null } }), /certificate|self.signed/)
      // The certificate names localhost and no address.
      await assert.rejects(finds({ host: '127.0.0.1', tls }), /altnames|must be a name/)
    })

    test('a slow database is unavailable within its limits, and nothing is left behind', async () => {
      const started = performance.now()
      {
        await using admin = await parts.connect(database)
        for (const text of parts.lock) await admin.run(text)
        assert.equal(await plainOutcome('alice', 'secret'), 'temporary-auth-failure')
      }
      assert.ok(performance.now() - started < patienceMs)
      assert.equal(await plainOutcome('alice', 'secret'), 'success')
    })

    test('killed in the middle of logins: nobody gets in wrongly, sessions go on, and it comes back by itself', async () => {
      using session = (
        await openClient({
          ...{ port: server.portOf('direct'), door: 'direct', domain },
          tls: { cert: catalogue.get('one').chainPem, key: catalogue.get('one').keyPem },
        })
      ).client
      assert.equal((await session.auth('equals')).name, 'success')
      await session.bind(domain)

      const seen = new Set<string>()
      let isOver = false
      const visitor = async (password: string): Promise<void> => {
        while (!isOver) {
          const started = performance.now()
          seen.add(`${password === 'secret' ? 'right' : 'wrong'} ${await plainOutcome('alice', password)}`)
          assert.ok(performance.now() - started < patienceMs, 'somebody waited too long')
        }
      }
      const visitors = [visitor('secret'), visitor('secret'), visitor('guess')]
      await server.log.until('login_decision_made', (fields) => fields['remote'] !== session.local)
      await database.kill()
      const isUnavailable = (fields: Readonly<Record<string, unknown>>) =>
        JSON.stringify(fields['outcome']).includes('"backend-unavailable"')
      await server.log.until('login_decision_made', isUnavailable)
      assert.equal(await plainOutcome('alice', 'secret'), 'temporary-auth-failure')
      assert.equal(await plainOutcome('nobody', 'x'), 'temporary-auth-failure')
      session.send(`<iq type='get' id='p' to='${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`)
      assert.equal((await session.element('iq')).attrs['id'], 'p')
      using certified = (
        await openClient({
          ...{ port: server.portOf('starttls'), door: 'starttls', domain },
          tls: { cert: catalogue.get('one').chainPem, key: catalogue.get('one').keyPem },
        })
      ).client
      assert.equal((await certified.auth('equals')).name, 'success')
      isOver = true
      await Promise.all(visitors)
      await database.start()
      assert.equal(await plainOutcome('alice', 'secret'), 'success')
      assert.equal(await plainOutcome('alice', 'guess'), 'not-authorized')
      const allowed = [
        'right success',
        'right temporary-auth-failure',
        'wrong not-authorized',
        'wrong temporary-auth-failure',
      ]
      assert.deepEqual(
        [...seen].filter((outcome) => !allowed.includes(outcome)),
        [],
      )
    })

    test('the password of the database is in no log', () => {
      const log = JSON.stringify(server.log.entries)
      assert.ok(log.includes('backend-unavailable'))
      for (const secret of ["p'w", 'secret', 'geheim', 'misio']) assert.ok(!log.includes(`"${secret}"`), secret)
    })
  })
}
