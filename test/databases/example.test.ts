/** The example of the documentation, run: config/passwords.toml against a PostgreSQL with TLS. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import pg from 'pg'
import { createApp } from '../../src/app.ts'
import { runCli } from '../../src/cli/cli.ts'
import { loadOptions } from '../../src/options.ts'
import { createFakeIo } from '../cli/fake-io.ts'
import { skipWithout } from '../clients/debian.ts'
import { createFolder } from '../config/support.ts'
import { loginScram } from '../support/password-login.ts'
import { createRecordingLog } from '../support/recording-log.ts'
import { mechanismsOf, openClient } from '../support/xmpp-client.ts'
import { databasePassword, databaseUser, postgres, startDatabase } from './server.ts'

const root = join(import.meta.dirname, '..', '..')
const example = readFileSync(join(root, 'config', 'passwords.toml'), 'utf8')

test('the page shows the file that is run', () => {
  const page = readFileSync(join(root, 'docs', 'backends', 'rdbms.md'), 'utf8')
  assert.ok(page.includes(`<!-- passwords -->\n\`\`\`toml\n${example}\`\`\`\n`))
})

test('signet user adds an account, and it logs in', { skip: skipWithout(['postgresql']) }, async () => {
  await using database = await startDatabase(postgres)
  const client = new pg.Client({
    ...{ host: '127.0.0.1', port: database.home.port, database: 'postgres' },
    ...{ user: databaseUser, password: databasePassword },
  })
  await client.connect()
  for (const text of postgres.schema) await client.query(text)
  await client.end()
  using folder = createFolder()
  folder.write('db-ca.pem', readFileSync(database.home.tls.ca, 'utf8'))
  const changes = [
    ['port = 5222', 'port = 0\nip_address = "127.0.0.1"'],
    ['../certs/example.org.pem', 'server.pem'],
    ['../certs/example.org.key', 'server.key'],
    ['../certs/clients-ca.pem', 'ca.pem'],
    ['../certs/db-ca.pem', 'db-ca.pem'],
    ['host = "db.example.org"', `host = "localhost"\nport = ${database.home.port}`],
    ['database = "mongooseim"', 'database = "postgres"'],
    ['change-me', databasePassword],
  ] as const
  let text = example
  for (const [shown, used] of changes) {
    assert.ok(text.includes(shown), shown)
    text = text.replace(shown, () => used)
  }
  const file = folder.write('passwords.toml', text)
  const { io, out, err } = createFakeIo(folder.path, { secret: async () => 'geheim' })
  assert.equal(await runCli(['user', 'add', 'carol@example.org', '--config', file], io), 0, err())
  assert.equal(out(), 'carol@example.org added\n')

  const loaded = loadOptions(file)
  assert.ok(loaded.ok)
  const app = createApp({ options: loaded.value.options, log: createRecordingLog() })
  const started = await app.start()
  assert.ok(started.ok)
  try {
    const port = started.value[0]?.port ?? 0
    const carol = await openClient({ port, door: 'starttls', domain: 'example.org' })
    assert.deepEqual(mechanismsOf(carol.features), [
      ...['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256', 'SCRAM-SHA-1-PLUS', 'SCRAM-SHA-1'],
    ])
    const login = { mechanism: 'SCRAM-SHA-256-PLUS', username: 'carol', password: 'geheim' } as const
    const { last, isMutual } = await loginScram(carol.client, { ...login, binding: 'tls-exporter' })
    assert.equal(last.name, 'success')
    assert.ok(isMutual)
    assert.match(await carol.client.bind('example.org'), /^carol@example\.org\//)
    carol.client.destroy()
  } finally {
    await app.stop()
  }
})
