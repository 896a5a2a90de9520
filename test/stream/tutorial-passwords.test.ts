/** The second example of MongooseIM's tutorial, run: a certificate or a password on one port, whatever the order of methods. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createApp } from '../../src/app.ts'
import { loadOptions } from '../../src/options.ts'
import { createFolder, sourceIn } from '../config/support.ts'
import { addAccounts } from '../support/accounts.ts'
import { loginPlain, loginScram } from '../support/password-login.ts'
import { issue } from '../support/pki/certificate.ts'
import { cn, xmppAddr } from '../support/pki/names.ts'
import { createRecordingLog } from '../support/recording-log.ts'
import { type ClientTls, mechanismsOf, openClient, readError } from '../support/xmpp-client.ts'

const tutorial = readFileSync(new URL('../config/tutorials/certificate-or-password.toml', import.meta.url), 'utf8')
const domain = 'localhost'

/** The example with what it leaves out: the server's certificate, and where the database is. */
function complete(methods: string): string {
  const identity = 'tls.certfile = "server.pem"\n  tls.keyfile = "server.key"\n  tls.verify_peer = true'
  const pool = '[outgoing_pools.rdbms.default.connection]\ndriver = "sqlite"\ndatabase = "accounts.sqlite"\n'
  const text = tutorial.replace('port = 5222', 'port = 0\n  ip_address = "127.0.0.1"')
  const changed = text.replace('tls.verify_peer = true', identity).replace('["rdbms", "pki"]', methods)
  return `${changed}\n${pool}`
}

for (const methods of ['["rdbms", "pki"]', '["pki", "rdbms"]']) {
  test(`methods = ${methods}`, async () => {
    using folder = createFolder()
    const loaded = loadOptions(sourceIn(folder, complete(methods)))
    assert.ok(loaded.ok, JSON.stringify(loaded))
    const { options } = loaded.value
    assert.ok(options.pools.rdbms !== null)
    await addAccounts(options.pools.rdbms, domain, { bob: 'geheim' })
    const log = createRecordingLog()
    const app = createApp({
      options: { ...options, session: { kind: 'local', database: join(folder.path, 's.sqlite') } },
      log,
    })
    const started = await app.start()
    assert.ok(started.ok)
    const arrive = (tls: ClientTls = {}) =>
      openClient({ port: started.value[0]?.port ?? 0, door: 'starttls', domain, tls })
    try {
      const { pem, keyPem } = issue(folder.authority, { subject: [cn('Alice')], san: [xmppAddr('alice@localhost')] })
      const alice = await arrive({ cert: pem, key: keyPem })
      assert.deepEqual(mechanismsOf(alice.features), ['SCRAM-SHA-1', 'EXTERNAL'])
      assert.equal((await alice.client.auth('equals')).name, 'success')
      assert.match(await alice.client.bind(domain), /^alice@localhost\//)
      alice.client.destroy()

      const bob = await arrive()
      assert.deepEqual(mechanismsOf(bob.features), ['SCRAM-SHA-1'])
      const { last } = await loginScram(bob.client, { mechanism: 'SCRAM-SHA-1', username: 'bob', password: 'geheim' })
      assert.equal(last.name, 'success')
      assert.match(await bob.client.bind(domain), /^bob@localhost\//)
      bob.client.destroy()

      // A certificate is no password: who has one for alice is not bob, and alice has no password at all.
      const both = await arrive({ cert: pem, key: keyPem })
      const guess = await loginScram(both.client, { mechanism: 'SCRAM-SHA-1', username: 'alice', password: '' })
      assert.equal(readError(guess.last).condition, 'not-authorized')
      const named = await both.client.auth({ text: 'bob@localhost' })
      assert.equal(readError(named).condition, 'invalid-authzid')
      const unoffered = await loginPlain(both.client, 'bob', 'geheim')
      assert.equal(readError(unoffered).condition, 'invalid-mechanism')
      both.client.destroy()
    } finally {
      await app.stop()
    }
  })
}
