/** Backends across a reload: the new configuration's are asked, the old one's serve those who were there, all close at the stop. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createApp } from '../../src/app.ts'
import { addAccounts, poolOf, testPasswords } from '../support/accounts.ts'
import { loginPlain } from '../support/password-login.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { createRecordingLog } from '../support/recording-log.ts'
import { prepareOptions } from '../support/server.ts'
import { openClient } from '../support/xmpp-client.ts'

const domain = 'signet.example'

test('a reload to another database counts for those who come after it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'signet-generations-'))
  const [old, next] = ['old', 'next'].map((name) =>
    poolOf({ driver: 'sqlite', database: join(folder, `${name}.sqlite`) }),
  )
  assert.ok(old !== undefined && next !== undefined)
  await addAccounts(old, domain, { alice: 'old' })
  await addAccounts(next, domain, { alice: 'new' })
  const auth = { methods: ['rdbms'], mechanisms: ['plain'], password: testPasswords } as const
  await using prepared = await prepareOptions({ catalogue: createCatalogue(domain), database: old, auth })
  const { options } = prepared
  const app = createApp({ options, log: createRecordingLog() })
  const started = await app.start()
  assert.ok(started.ok)
  const arrive = async () => (await openClient({ port: started.value[1]?.port ?? 0, door: 'direct', domain })).client
  const [before, wrong] = [await arrive(), await arrive()]
  const reloaded = await app.reload({ ...options, pools: { ...options.pools, rdbms: next } })
  assert.ok(reloaded.ok)
  const after = await arrive()
  assert.equal((await loginPlain(before, 'alice', 'old')).name, 'success')
  assert.equal((await loginPlain(wrong, 'alice', 'new')).name, 'failure')
  assert.equal((await loginPlain(after, 'alice', 'new')).name, 'success')
  for (const client of [before, wrong, after]) client.destroy()
  await app.stop()
  rmSync(folder, { recursive: true })
})

test('a database that cannot be configured leaves the old configuration in force', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'signet-generations-'))
  const good = poolOf({ driver: 'sqlite', database: join(folder, 'good.sqlite') })
  await addAccounts(good, domain, { alice: 'old' })
  const auth = { methods: ['rdbms'], mechanisms: ['plain'], password: testPasswords } as const
  await using prepared = await prepareOptions({ catalogue: createCatalogue(domain), database: good, auth })
  const { options } = prepared
  const app = createApp({ options, log: createRecordingLog() })
  const started = await app.start()
  assert.ok(started.ok)
  const cacertfile = join(folder, 'missing.pem')
  const tls = {
    verify: true,
    cacertfile,
    identity: null,
    versions: ['tlsv1.3'],
    serverName: null,
    sendsName: true,
  } as const
  const server = {
    driver: 'pgsql',
    host: 'localhost',
    port: 1,
    database: 'x',
    username: 'x',
    password: 'x',
    tls,
  } as const
  const reloaded = await app.reload({ ...options, pools: { ...options.pools, rdbms: poolOf(server) } })
  assert.ok(!reloaded.ok)
  assert.match(reloaded.error.kind === 'part' ? reloaded.error.why : '', /missing\.pem does not exist/)
  const { client } = await openClient({ port: started.value[1]?.port ?? 0, door: 'direct', domain })
  assert.equal((await loginPlain(client, 'alice', 'old')).name, 'success')
  client.destroy()
  await app.stop()
  rmSync(folder, { recursive: true })
})
