import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyTrustStore, maxStoreCertificates, maxTrustFaults, readTrustStore } from '../../src/trust/trust-store.ts'
import { createAuthority, issue, selfSigned, toPem } from '../support/pki/certificate.ts'
import { storeOf } from './support.ts'

const root = createAuthority({ name: 'Store Root' })
const intermediate = createAuthority({ name: 'Store Issuing', parent: root })
const user = issue(root, { cn: 'Alice' })

const refused: readonly { name: string; text: string; faults: readonly (readonly [number, string])[] }[] = [
  { name: 'an empty file', text: '', faults: [[1, 'the file holds no certificate (-----BEGIN CERTIFICATE-----)']] },
  {
    name: 'DER',
    text: root.der.toString('latin1'),
    faults: [[1, 'the file holds no certificate (-----BEGIN CERTIFICATE-----)']],
  },
  {
    name: 'a broken second block beside a good first one',
    text: `${root.pem}-----BEGIN CERTIFICATE-----\nMAMCAQE\n-----END CERTIFICATE-----\n`,
    faults: [[linesOf(root.pem) + 1, 'the base64 of this CERTIFICATE is empty or damaged']],
  },
  {
    name: 'a block that is no certificate',
    text: toPem(Buffer.from('3003020101', 'hex')),
    faults: [[1, 'the certificate cannot be read: certificate: tag 0x02 where 0x30 must be']],
  },
  {
    name: "a user's certificate",
    text: user.pem,
    faults: [[1, 'the certificate "CN=Alice" has no basicConstraints, so it is no CA']],
  },
  {
    name: 'a root of version 1',
    text: createAuthority({ name: 'Old Root', version: 1 }).pem,
    faults: [[1, 'the certificate "CN=Old Root" has no basicConstraints, so it is no CA']],
  },
  {
    name: 'CA:FALSE',
    text: selfSigned({ cn: 'Pinned', basicConstraints: { ca: false } }).pem,
    faults: [[1, 'the certificate "CN=Pinned" is no CA (basicConstraints CA:FALSE)']],
  },
  {
    name: 'a CA that may not sign certificates',
    text: createAuthority({ name: 'CRL Signer', keyUsage: ['cRLSign'] }).pem,
    faults: [[1, 'the certificate "CN=CRL Signer" may not sign certificates (keyUsage)']],
  },
  {
    name: 'a root whose own signature is false',
    text: createAuthority({ name: 'Altered', corruptSignature: true }).pem,
    faults: [[1, 'the signature of "CN=Altered" is not by the key of "CN=Altered"']],
  },
  { name: 'a private key', text: root.keyPem, faults: [[1, 'a private key, which has no place in a CA file']] },
  {
    name: "OpenSSL's TRUSTED CERTIFICATE",
    text: toPem(root.der, 'TRUSTED CERTIFICATE'),
    faults: [[1, 'a block of the kind TRUSTED CERTIFICATE; only CERTIFICATE is taken']],
  },
  {
    name: 'intermediates without their root',
    text: intermediate.pem,
    faults: [[1, 'the file holds intermediate CAs only; the root that they lead to is needed as well']],
  },
  {
    name: 'everything that is wrong at once',
    text: `${user.pem}${root.pem}${root.keyPem}`,
    faults: [
      [1, 'the certificate "CN=Alice" has no basicConstraints, so it is no CA'],
      [linesOf(user.pem + root.pem) + 1, 'a private key, which has no place in a CA file'],
    ],
  },
  {
    name: 'too many certificates',
    text: root.pem.repeat(maxStoreCertificates + 1),
    faults: [[(maxStoreCertificates + 1) * linesOf(root.pem), `more than ${maxStoreCertificates} blocks`]],
  },
]

function linesOf(text: string): number {
  return text.split('\n').length - 1
}

for (const { name, text, faults } of refused) {
  test(`a CA file is refused: ${name}`, () => {
    const error = faults.map(([line, why]) => ({ source: 'ca.pem', line, text: why }))
    assert.deepEqual(readTrustStore(text, 'ca.pem'), { ok: false, error })
  })
}

test('a file that is wrong all over is told of up to the limit', () => {
  const read = readTrustStore(user.pem.repeat(100), 'ca.pem')
  assert.equal(read.ok ? 0 : read.error.length, maxTrustFaults)
})

test('a store hands OpenSSL exactly what it knows itself, each once and in order', () => {
  const store = storeOf(`# our CA\n`, root.pem, intermediate.pem, root.pem)
  assert.deepEqual(store.pem, [root.pem, intermediate.pem])
  assert.equal(store.certificates.length, 2)
})

test('the generation follows the contents', () => {
  const other = createAuthority({ name: 'Other' })
  assert.equal(storeOf(root.pem).generation, storeOf(`comment\n${root.pem}`).generation)
  assert.notEqual(storeOf(root.pem).generation, storeOf(root.pem, other.pem).generation)
  assert.notEqual(storeOf(root.pem).generation, emptyTrustStore.generation)
})

test('an old root signed with SHA-1 is still a root: its own signature proves nothing', () => {
  assert.equal(storeOf(createAuthority({ name: 'Old', signatureAlgorithm: 'sha1' }).pem).certificates.length, 1)
})
