/** The profile that `npm run gajim` makes. That Gajim gets in with the launcher is tested in test/clients. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { ensureDemoCertificates } from '../../src/cli/demo-certificates.ts'
import { temporaryDirectory } from '../development-pki/openssl.ts'

const script = join(import.meta.dirname, '../clients/gajim-demo.py')

function run(...args: readonly string[]): Promise<{ readonly code: unknown; readonly err: string }> {
  return new Promise((resolve) => {
    execFile('/usr/bin/python3', [script, ...args], (error, _out, err) => resolve({ code: error?.code ?? 0, err }))
  })
}

function accountSettings(profile: string): unknown {
  using database = new DatabaseSync(join(profile, 'settings.sqlite'), { readOnly: true })
  const rows = database.prepare('SELECT account, settings FROM account_settings').all()
  return rows.map(({ account, settings }) => ({ account, settings: JSON.parse(String(settings)).account }))
}

test('without the demo’s certificates it says who makes them', async (t) => {
  const directory = await temporaryDirectory(t)
  const { code, err } = await run('--prepare', '--dir', directory, '--profile', join(directory, 'profile'))
  assert.equal(code, 1)
  assert.equal(err, `There is no ${directory}/alice.p12. The demo makes it; start it in another terminal: npm start\n`)
})

test('a stranger to the demo gets no profile', async () => {
  const { code, err } = await run('mallory')
  assert.equal(code, 2)
  assert.match(err, /invalid choice: 'mallory'/)
})

test('the account has the certificate, the server and its trust; a second run follows the port', async (t) => {
  const directory = await temporaryDirectory(t)
  await ensureDemoCertificates(directory, new Date())
  const profile = join(directory, 'profile')
  const options = ['bob', '--prepare', '--dir', directory, '--profile', profile]
  for (const port of [5222, 5322]) {
    assert.deepEqual(await run(...options, '--port', `${port}`), { code: 0, err: '' })
    assert.deepEqual(accountSettings(profile), [
      {
        account: 'bob@localhost',
        settings: {
          name: 'bob',
          hostname: 'localhost',
          account_label: 'bob@localhost',
          active: true,
          autoconnect: true,
          client_cert: join(directory, 'bob.p12'),
          use_custom_host: true,
          custom_host: '127.0.0.1',
          custom_port: port,
          custom_type: 'START TLS',
        },
      },
    ])
  }
  const trusted = await readFile(join(profile, 'cert_store', 'server'), 'utf8')
  assert.equal(trusted, await readFile(join(directory, 'server.pem'), 'utf8'))
})
