/** The development authority and its certificates, as the openssl command line sees them. */

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Credential, createAuthority, issueLeaf, type LeafProfile } from '../../src/development-pki/authority.ts'
import { openssl, temporaryDirectory } from './openssl.ts'

const now = new Date()
const alice: LeafProfile = {
  commonName: 'alice',
  purpose: 'client',
  names: [{ kind: 'xmpp-addr', jid: 'alice@localhost' }],
}
const server: LeafProfile = {
  commonName: 'localhost',
  purpose: 'server',
  names: [
    { kind: 'dns', host: 'localhost' },
    { kind: 'srv-name', name: '_xmpp-client.localhost' },
    { kind: 'ip', address: Uint8Array.of(127, 0, 0, 1) },
  ],
}

async function written(directory: string, authority: Credential, leaf: Credential): Promise<void> {
  await writeFile(join(directory, 'ca.pem'), authority.certificate.toString())
  await writeFile(join(directory, 'leaf.pem'), leaf.certificate.toString())
}

const verify = ['verify', '-x509_strict', '-CAfile', 'ca.pem'] as const

test('a certificate of another authority of the same name is refused', async (t) => {
  const directory = await temporaryDirectory(t)
  await written(directory, await createAuthority(now), await issueLeaf(await createAuthority(now), alice, now))
  const run = await openssl(directory, ...verify, 'leaf.pem')
  assert.equal(run.code, 2)
  assert.match(run.err, /unable to get local issuer certificate/)
})

test('a client certificate is no server certificate, nor the other way round', async (t) => {
  const directory = await temporaryDirectory(t)
  const authority = await createAuthority(now)
  await written(directory, authority, await issueLeaf(authority, alice, now))
  const asServer = await openssl(directory, ...verify, '-purpose', 'sslserver', 'leaf.pem')
  assert.match(asServer.err, /unsupported certificate purpose|unsuitable certificate purpose/)
  await written(directory, authority, await issueLeaf(authority, server, now))
  const asClient = await openssl(directory, ...verify, '-purpose', 'sslclient', 'leaf.pem')
  assert.match(asClient.err, /unsupported certificate purpose|unsuitable certificate purpose/)
})

test('the authority cannot vouch for a server elsewhere', async (t) => {
  const directory = await temporaryDirectory(t)
  const authority = await createAuthority(now)
  for (const name of [
    { kind: 'dns', host: 'bank.example' },
    { kind: 'ip', address: Uint8Array.of(192, 0, 2, 1) },
  ] as const) {
    await written(directory, authority, await issueLeaf(authority, { ...server, names: [name] }, now))
    const run = await openssl(directory, ...verify, 'leaf.pem')
    assert.equal(run.code, 2)
    assert.match(run.err, /permitted subtree violation/)
  }
})

test('client and server certificate pass strict path validation for their purpose', async (t) => {
  const directory = await temporaryDirectory(t)
  const authority = await createAuthority(now)
  await written(directory, authority, await issueLeaf(authority, alice, now))
  assert.deepEqual(await openssl(directory, ...verify, '-purpose', 'sslclient', 'leaf.pem'), {
    code: 0,
    out: 'leaf.pem: OK\n',
    err: '',
  })
  await written(directory, authority, await issueLeaf(authority, server, now))
  const run = await openssl(directory, ...verify, '-purpose', 'sslserver', '-verify_hostname', 'localhost', 'leaf.pem')
  assert.deepEqual(run, { code: 0, out: 'leaf.pem: OK\n', err: '' })
})

test('names are found under their OIDs, and the key is P-256', async (t) => {
  const directory = await temporaryDirectory(t)
  const authority = await createAuthority(now)
  await written(directory, authority, await issueLeaf(authority, alice, now))
  const client = (await openssl(directory, 'asn1parse', '-in', 'leaf.pem')).out
  assert.match(client, /OBJECT +:prime256v1/)
  const extension = await openssl(
    directory,
    'x509',
    '-in',
    'leaf.pem',
    '-noout',
    '-ext',
    'subjectAltName,extendedKeyUsage',
  )
  assert.match(extension.out, /othername: XmppAddr::alice@localhost/)
  assert.match(extension.out, /TLS Web Client Authentication\n/)
  await written(directory, authority, await issueLeaf(authority, server, now))
  const names = await openssl(directory, 'x509', '-in', 'leaf.pem', '-noout', '-ext', 'subjectAltName')
  assert.match(names.out, /DNS:localhost, othername: SRVName::_xmpp-client\.localhost, IP Address:127\.0\.0\.1\n/)
})

test('ten years for the authority, one for a leaf, but never beyond its authority', async () => {
  const dayMs = 86_400_000
  const at = new Date('2030-01-01T00:00:00Z')
  const authority = await createAuthority(at)
  assert.equal(authority.certificate.validToDate.getTime() - at.getTime(), 3650 * dayMs)
  assert.equal(authority.certificate.validFromDate.getTime() - at.getTime(), -5 * 60_000)
  const early = await issueLeaf(authority, alice, at)
  assert.equal(early.certificate.validToDate.getTime() - at.getTime(), 365 * dayMs)
  const late = await issueLeaf(authority, alice, new Date(at.getTime() + 3600 * dayMs))
  assert.equal(late.certificate.validTo, authority.certificate.validTo)
})

test('serial numbers are 16 octets, positive and not repeated', async () => {
  const authority = await createAuthority(now)
  const serials = await Promise.all(
    Array.from({ length: 20 }, async () => (await issueLeaf(authority, alice, now)).certificate.serialNumber),
  )
  for (const serial of serials) assert.match(serial, /^[4-7][0-9A-F]{31}$/)
  assert.equal(new Set(serials).size, serials.length)
})
