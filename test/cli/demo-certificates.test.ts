/** The demo's certificate files: made once, kept while good, made anew one by one when not. */

import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { createSecureContext } from 'node:tls'
import { ensureDemoCertificates } from '../../src/cli/demo-certificates.ts'
import { openssl, temporaryDirectory } from '../development-pki/openssl.ts'

const dayMs = 86_400_000
const now = new Date()
const later = (days: number): Date => new Date(now.getTime() + days * dayMs)

const userFiles = (user: string): string[] => [`${user}-combined.pem`, `${user}.p12`, `${user}.key`, `${user}.pem`]
const allFiles = ['ca.key', 'ca.pem', 'server.key', 'server.pem', ...userFiles('alice'), ...userFiles('bob')]

async function made(directory: string, at: Date): Promise<readonly string[]> {
  const result = await ensureDemoCertificates(directory, at)
  assert.ok(result.ok)
  return result.value.made
}

async function contents(directory: string): Promise<Map<string, string>> {
  const names = await readdir(directory)
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(directory, name), 'hex')] as const)),
  )
}

test('a CA that the demo did not make is left alone', async (t) => {
  const directory = await temporaryDirectory(t)
  await openssl(
    directory,
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-subj',
    '/CN=mine',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  )
  const before = await contents(directory)
  assert.deepEqual(await ensureDemoCertificates(directory, now), {
    ok: false,
    error: `${directory}/ca.pem was not made by the demo; choose another directory with --dir`,
  })
  assert.deepEqual(await contents(directory), before)
})

test('a file that holds no certificate is left alone', async (t) => {
  const directory = await temporaryDirectory(t)
  await writeFile(join(directory, 'ca.pem'), 'my notes')
  const result = await ensureDemoCertificates(directory, now)
  assert.ok(!result.ok)
  assert.equal(
    result.error,
    `the demo's certificates cannot be made in ${directory}: ${directory}/ca.pem holds no certificate; remove it to have it made anew`,
  )
  assert.deepEqual(await readdir(directory), ['ca.pem'])
})

test('the first run makes all, keys and what holds keys for their owner only', async (t) => {
  const directory = join(await temporaryDirectory(t), 'new', 'certs')
  assert.deepEqual(await made(directory, now), allFiles)
  assert.deepEqual((await readdir(directory)).sort(), [...allFiles].sort())
  for (const name of allFiles) {
    const isPublic = name.endsWith('.pem') && !name.endsWith('-combined.pem')
    assert.equal((await stat(join(directory, name))).mode & 0o077, isPublic ? 0o044 : 0, name)
  }
})

test('every form of a user’s certificate loads, and path validation accepts it', async (t) => {
  const directory = await temporaryDirectory(t)
  await made(directory, now)
  const read = (name: string): Promise<Buffer> => readFile(join(directory, name))
  for (const user of ['alice', 'bob']) {
    createSecureContext({ cert: await read(`${user}.pem`), key: await read(`${user}.key`) })
    createSecureContext({ cert: await read(`${user}-combined.pem`), key: await read(`${user}-combined.pem`) })
    createSecureContext({ pfx: await read(`${user}.p12`), passphrase: 'signet' })
    const run = await openssl(
      directory,
      'verify',
      '-x509_strict',
      '-purpose',
      'sslclient',
      '-CAfile',
      'ca.pem',
      `${user}.pem`,
    )
    assert.equal(run.out, `${user}.pem: OK\n`)
    const names = await openssl(directory, 'x509', '-in', `${user}.pem`, '-noout', '-ext', 'subjectAltName')
    assert.match(names.out, new RegExp(`XmppAddr::${user}@localhost\n`))
  }
  const server = ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', 'ca.pem'] as const
  for (const name of [
    ['-verify_hostname', 'localhost'],
    ['-verify_ip', '127.0.0.1'],
    ['-verify_ip', '::1'],
  ]) {
    assert.equal((await openssl(directory, ...server, ...name, 'server.pem')).out, 'server.pem: OK\n')
  }
})

test('the second run makes nothing and changes no octet', async (t) => {
  const directory = await temporaryDirectory(t)
  await made(directory, now)
  const before = await contents(directory)
  assert.deepEqual(await made(directory, later(300)), [])
  assert.deepEqual(await contents(directory), before)
})

test('a week before their end leaf certificates are made anew under the same CA', async (t) => {
  const directory = await temporaryDirectory(t)
  await made(directory, now)
  assert.deepEqual(await made(directory, later(357)), [])
  const before = await contents(directory)
  assert.deepEqual(await made(directory, later(358)), allFiles.slice(2))
  const after = await contents(directory)
  assert.equal(after.get('ca.pem'), before.get('ca.pem'))
  assert.equal(after.get('ca.key'), before.get('ca.key'))
})

test('a week before its end the CA is made anew, and everything with it', async (t) => {
  const directory = await temporaryDirectory(t)
  await made(directory, now)
  assert.deepEqual(await made(directory, later(3644)), allFiles)
})

test('what is missing is made, and nothing else', async (t) => {
  const directory = await temporaryDirectory(t)
  await made(directory, now)
  const table: readonly (readonly [string, readonly string[]])[] = [
    ['alice.p12', ['alice.p12']],
    ['bob-combined.pem', ['bob-combined.pem']],
    ['bob.pem', userFiles('bob')],
    ['server.key', ['server.key', 'server.pem']],
    ['ca.pem', allFiles],
  ]
  for (const [lost, remade] of table) {
    await rm(join(directory, lost))
    assert.deepEqual(await made(directory, now), remade, lost)
  }
})

test('a CA without its key stays as long as nothing is needed from it', async (t) => {
  const directory = await temporaryDirectory(t)
  await made(directory, now)
  await rm(join(directory, 'ca.key'))
  assert.deepEqual(await made(directory, now), [])
  await rm(join(directory, 'alice.pem'))
  assert.deepEqual(await made(directory, now), allFiles)
})

test('a key that belongs to another certificate is noticed', async (t) => {
  const directory = await temporaryDirectory(t)
  await made(directory, now)
  await writeFile(join(directory, 'alice.key'), await readFile(join(directory, 'bob.key')))
  assert.deepEqual(await made(directory, now), userFiles('alice'))
})

test('a certificate of an older CA is made anew', async (t) => {
  const directory = await temporaryDirectory(t)
  const other = await temporaryDirectory(t)
  await made(directory, now)
  await made(other, now)
  for (const name of ['bob.pem', 'bob.key']) await writeFile(join(directory, name), await readFile(join(other, name)))
  assert.deepEqual(await made(directory, now), userFiles('bob'))
})

test('the first end is told', async (t) => {
  const directory = await temporaryDirectory(t)
  const result = await ensureDemoCertificates(directory, now)
  assert.ok(result.ok)
  const server = new X509Certificate(await readFile(join(directory, 'server.pem')))
  assert.deepEqual(result.value.expires, server.validToDate)
})
