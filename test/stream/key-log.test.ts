/** `keep_secrets`: a file that helps debugging, and harms nobody where it cannot be written. */

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { startServer } from '../support/server.ts'
import { openClient } from '../support/xmpp-client.ts'
import { tlsOf } from './both-doors.ts'

const catalogue = createCatalogue('example.org')
const folder = mkdtempSync(join(tmpdir(), 'signet-key-log-'))
after(() => rmSync(folder, { recursive: true }))

/** Logs in twice on a server that keeps its secrets in the file; gives what the log has of that. */
async function logInTwice(keyLogFile: string) {
  await using server = await startServer({ catalogue, tls: { keepSecrets: true }, keyLogFile })
  for (const door of ['starttls', 'direct'] as const) {
    const tls = tlsOf(catalogue.get('one'))
    const { client } = await openClient({ port: server.portOf(door), door, domain: catalogue.domain, tls })
    assert.equal((await client.auth('equals')).name, 'success')
    client.socket.destroy()
  }
  return server.log.entries.filter(({ event }) => event === 'tls_secrets_not_kept')
}

test('the secrets of each connection are appended, and nothing is said', async () => {
  const file = join(folder, 'keys')
  assert.deepEqual(await logInTwice(file), [])
  const lines = readFileSync(file, 'latin1').trimEnd().split('\n')
  assert.equal(lines.filter((line) => line.startsWith('CLIENT_TRAFFIC_SECRET_0 ')).length, 2)
})

test('where the disk is full, logins go on; each listener says so once', async () => {
  const told = await logInTwice('/dev/full')
  assert.deepEqual(
    told.map(({ level, fields }) => [
      level,
      fields['listener'],
      fields['file'],
      (fields['cause'] as NodeJS.ErrnoException).code,
    ]),
    ['starttls', 'direct'].map((listener) => ['warn', listener, '/dev/full', 'ENOSPC']),
  )
})
