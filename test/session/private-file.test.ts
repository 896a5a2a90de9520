/** The store's files are for nobody else on the machine. */

import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { createApp } from '../../src/app.ts'
import { resolvePassword } from '../../src/auth/passwords/options.ts'
import { noNameLists } from '../../src/auth/trusted-names-options.ts'
import { silentLog } from '../../src/observe/log.ts'

const folder = mkdtempSync(join(tmpdir(), 'signet-private-'))
after(() => rmSync(folder, { recursive: true }))

function appOn(database: string) {
  return createApp({
    options: {
      general: { hosts: ['localhost'], defaultServerDomain: 'localhost', loglevel: 'none', httpServerName: null },
      c2s: [],
      http: [],
      auth: {
        methods: [],
        mechanisms: [],
        saslExternal: [],
        ownRules: [],
        trustedNames: noNameLists,
        commonName: { prefix: '', suffix: '' },
        password: resolvePassword(undefined),
      },
      hostConfig: [],
      pools: { rdbms: null },
      throttle: null,
      session: { kind: 'local', database },
    },
    log: silentLog,
  })
}

const modes = () =>
  readdirSync(folder).map((name) => `${name} ${(statSync(join(folder, name)).mode & 0o777).toString(8)}`)

it('a new file is readable for its owner only, and so are those beside it; an old one keeps its mode', async () => {
  const database = join(folder, 'store.sqlite')
  const first = appOn(database)
  assert.equal((await first.start()).ok, true)
  assert.deepEqual(modes(), ['store.sqlite 600', 'store.sqlite-wal 600'])
  await first.stop()
  chmodSync(database, 0o640)
  const second = appOn(database)
  assert.equal((await second.start()).ok, true)
  assert.deepEqual(modes()[0], 'store.sqlite 640')
  await second.stop()
})

it('a folder that is not there is named', async () => {
  const missing = join(folder, 'missing')
  const database = join(missing, 'store.sqlite')
  assert.deepEqual(await appOn(database).start(), {
    ok: false,
    error: { kind: 'part', part: 'session.local.database', why: `the folder ${missing} does not exist` },
  })
})
