/** What must never be in a log, looked for in everything that a server logs while people log in, are refused, and break things. */

import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { logIn } from '../../src/hello/log-in.ts'
import { createServer } from '../../src/index.ts'
import { createPinoLog } from '../../src/observe/pino-log.ts'
import { certificateFolder, identityOf } from './programs.ts'

const tls = { mode: 'tls', certfile: 'server.pem', keyfile: 'server.key', cacertfile: 'ca.pem' } as const

/** The bodies of all PEM blocks of a folder as they could turn up: base64 and hexadecimal, in pieces long enough to be no accident. */
async function secretsOf(folder: string): Promise<readonly string[]> {
  const files = (await readdir(folder)).filter((name) => /\.(?:pem|key)$/.test(name))
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')))
  const bodies = texts.flatMap((text) => [...text.matchAll(/-----BEGIN [^-]+-----\n([\s\S]+?)-----END/g)])
  return bodies.flatMap(([, body = '']) => {
    const der = Buffer.from(body, 'base64')
    const middle = der.subarray(Math.floor(der.length / 2), Math.floor(der.length / 2) + 24)
    return [body.split('\n')[1] ?? body, middle.toString('hex'), middle.toString('base64').slice(2, 28)]
  })
}

test('no key and no whole certificate is in the log, at any level', async (t) => {
  const folder = await certificateFolder(t)
  const stranger = await identityOf(await certificateFolder(t), 'bob')
  const lines: string[] = []
  const destination = { write: (line: string) => lines.push(line) }
  const server = createServer({
    directory: folder,
    config: {
      general: { loglevel: 'all' },
      listen: { c2s: [{ ip_address: '127.0.0.1', port: 0, tls: { ...tls, disconnect_on_failure: false } }] },
    },
    log: createPinoLog({ level: 'trace', form: 'json', destination }),
  })
  t.after(() => server.stop())
  const [{ port } = assert.fail('no port')] = await server.start()
  const { ca } = await identityOf(folder, 'alice')
  const hello = { host: '127.0.0.1', port, tls: 'direct', domain: 'localhost' } as const
  const identities = [await identityOf(folder, 'alice'), { ...stranger, ca }]
  const outcomes = []
  for (const identity of identities) outcomes.push((await logIn({ ...hello, identity }, () => undefined)).ok)
  assert.deepEqual(outcomes, [true, false])
  await assert.rejects(server.reload({ listen: { c2s: [{ port, tls: { ...tls, keyfile: 'bob.key' } }] } }))
  await server.stop()
  const written = lines.join('')

  const alice = new X509Certificate((await identityOf(folder, 'alice')).certificate)
  const sha256 = alice.fingerprint256.replaceAll(':', '').toLowerCase()
  assert.ok(written.includes(sha256), 'the log is the one of these logins')
  const secrets = await secretsOf(folder)
  assert.ok(secrets.length >= 20 && secrets.every((secret) => secret.length >= 20))
  assert.deepEqual(
    secrets.filter((secret) => written.includes(secret)),
    [],
  )
})
