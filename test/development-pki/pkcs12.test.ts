/** The `.p12` files: readable by OpenSSL with the password, modern algorithms only, and by nobody without it. */

import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { createSecureContext } from 'node:tls'
import { createAuthority, issueLeaf } from '../../src/development-pki/authority.ts'
import { encodePkcs12 } from '../../src/development-pki/pkcs12.ts'
import { openssl, temporaryDirectory } from './openssl.ts'

const now = new Date()
const authority = await createAuthority(now)
const alice = await issueLeaf(authority, { commonName: 'alice', purpose: 'client', names: [] }, now)
const packed = encodePkcs12(
  { credential: alice, issuer: authority.certificate, friendlyName: 'alice@localhost' },
  'pässword',
)

test('a wrong password opens nothing', async (t) => {
  assert.throws(() => createSecureContext({ pfx: packed, passphrase: 'password' }), /mac verify failure/)
  const directory = await temporaryDirectory(t)
  await writeFile(join(directory, 'a.p12'), packed)
  const run = await openssl(directory, 'pkcs12', '-in', 'a.p12', '-passin', 'pass:', '-nodes')
  assert.equal(run.code, 1)
  assert.match(run.err, /Mac verify error: invalid password/)
})

test('a flipped octet in the protected part is noticed', () => {
  const broken = Buffer.from(packed)
  broken[200] = (broken[200] ?? 0) ^ 1
  assert.throws(() => createSecureContext({ pfx: broken, passphrase: 'pässword' }))
})

test('certificate, issuer and key come out as they went in', async (t) => {
  const directory = await temporaryDirectory(t)
  await writeFile(join(directory, 'a.p12'), packed)
  const open = ['pkcs12', '-in', 'a.p12', '-passin', 'pass:pässword', '-nodes'] as const
  const leaf = await openssl(directory, ...open, '-nokeys', '-clcerts')
  assert.equal(new X509Certificate(leaf.out).fingerprint256, alice.certificate.fingerprint256)
  assert.match(leaf.out, /friendlyName: alice@localhost\n/)
  const issuer = await openssl(directory, ...open, '-nokeys', '-cacerts')
  assert.equal(new X509Certificate(issuer.out).fingerprint256, authority.certificate.fingerprint256)
  const key = await openssl(directory, ...open, '-nocerts')
  assert.ok(createPrivateKey(key.out).equals(alice.key))
})

test('AES-256 and SHA-256 protect every part', async (t) => {
  const directory = await temporaryDirectory(t)
  await writeFile(join(directory, 'a.p12'), packed)
  const { err } = await openssl(directory, 'pkcs12', '-in', 'a.p12', '-passin', 'pass:pässword', '-noout', '-info')
  const pbes2 = 'PBES2, PBKDF2, AES-256-CBC, Iteration 10000, PRF hmacWithSHA256'
  assert.deepEqual(err.trimEnd().split('\n'), [
    'MAC: sha256, Iteration 10000',
    'MAC length: 32, salt length: 16',
    `PKCS7 Encrypted data: ${pbes2}`,
    'Certificate bag',
    'Certificate bag',
    'PKCS7 Data',
    `Shrouded Keybag: ${pbes2}`,
  ])
})
