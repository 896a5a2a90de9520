/** Certificate files that are not PEM: the hint is a command, and it makes a file that can be used. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { readPemFile } from '../../src/cli/certificate-file.ts'
import { createAuthority, issueLeaf } from '../../src/development-pki/authority.ts'
import { encodePkcs12 } from '../../src/development-pki/pkcs12.ts'

const run = promisify(execFile)
const now = new Date()
const authority = await createAuthority(now)
const alice = await issueLeaf(authority, { commonName: 'alice', purpose: 'client', names: [] }, now)
const wanted = alice.certificate
const p12 = encodePkcs12({ credential: alice, issuer: authority.certificate, friendlyName: 'alice' }, 'secret')

let directory: string
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signet-file-'))
  await mkdir(join(directory, 'sub.d'))
})
after(() => rm(directory, { recursive: true, force: true }))

interface Row {
  readonly file: string
  readonly bytes: Uint8Array
  readonly form: string
  readonly command: string
  readonly made: string
}

const rows: readonly Row[] = [
  {
    file: 'alice.der',
    bytes: wanted.raw,
    form: 'DER',
    command: 'openssl x509 -inform der -in alice.der -out alice.pem',
    made: 'alice.pem',
  },
  {
    file: "sub.d/it's alice",
    bytes: wanted.raw,
    form: 'DER',
    command: `openssl x509 -inform der -in 'sub.d/it'\\''s alice' -out 'sub.d/it'\\''s alice.pem'`,
    made: "sub.d/it's alice.pem",
  },
  {
    file: 'card.p12',
    bytes: p12,
    form: 'PKCS #12',
    command: 'openssl pkcs12 -in card.p12 -nokeys -out card.pem',
    made: 'card.pem',
  },
]

for (const { file, bytes, form, command, made } of rows) {
  test(`${file} is ${form}, and the command of the hint makes PEM of it`, async () => {
    await writeFile(join(directory, file), bytes)
    assert.deepEqual(readPemFile(join(directory, file), file), {
      ok: false,
      error: `is ${form}, not PEM; convert it: ${command}`,
    })
    const password = form === 'DER' ? '' : ' -passin pass:secret'
    await run('sh', ['-c', `${command}${password}`], { cwd: directory })
    const text = readPemFile(join(directory, made), made)
    assert.ok(text.ok)
    assert.equal(new X509Certificate(text.value).fingerprint256, wanted.fingerprint256)
  })
}

const others: readonly (readonly [what: string, bytes: Uint8Array])[] = [
  ['nothing', Buffer.alloc(0)],
  ['a key in DER', Buffer.from('3042020100301306072a8648', 'hex')],
  ['a request in DER', Buffer.from('3081f03081970201003035', 'hex')],
  ['a sequence that ends', Buffer.from('30', 'hex')],
  ['text', Buffer.from('0 0')],
]
for (const [what, bytes] of others) {
  test(`${what} is left to whoever reads PEM`, async () => {
    await writeFile(join(directory, 'other'), bytes)
    assert.equal(readPemFile(join(directory, 'other'), 'other').ok, true)
  })
}

test('PKCS #12 whose length is left open is known too', async () => {
  await writeFile(join(directory, 'ber'), Buffer.from('3080020103308006', 'hex'))
  const read = readPemFile(join(directory, 'ber'), 'ber')
  assert.match(read.ok ? '' : read.error, /^is PKCS #12, not PEM/)
})
