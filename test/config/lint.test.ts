/** Start-up checks: what is wrong inside certificates, keys and CA files, and what options mean together. */

import assert from 'node:assert/strict'
import { createPrivateKey, getDiffieHellman } from 'node:crypto'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { rootCertificates } from 'node:tls'
import { loadCheckedOptions } from '../../src/lint.ts'
import { createAuthority, issueServer, selfSigned, toPem } from '../support/pki/certificate.ts'
import { integer, sequence } from '../support/pki/der-writer.ts'
import { cn, dns, ip, srv, xmppAddr } from '../support/pki/names.ts'
import { createFolder, errorsOf, type Folder, goodConfig, goodTls, short, sourceIn, warningsOf } from './support.ts'

const dayMs = 86_400_000

/** What one change to a good folder or file brings up; `line` is put behind the listener's good options. */
interface Row {
  readonly name: string
  readonly change?: (folder: Folder) => void
  readonly text?: string
  readonly errors?: readonly string[]
  readonly warnings?: readonly string[]
  readonly says?: RegExp
}

const encrypted = (folder: Folder): string =>
  createPrivateKey(folder.server.keyPem)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' })
    .toString()

const dhParameters = (name: string): string => {
  const group = getDiffieHellman(name)
  return toPem(sequence(integer(BigInt(`0x${group.getPrime('hex')}`)), integer(2)), 'DH PARAMETERS')
}

const serverWith = (folder: Folder, names: readonly Uint8Array[]): void => {
  const server = issueServer(folder.authority, names, 'localhost')
  folder.write('server.pem', server.pem)
  folder.write('server.key', server.keyPem)
}

const serverUntil = (folder: Folder, notBefore: number, notAfter: number): void => {
  const dates = {
    notBefore: new Date(Date.now() + notBefore * dayMs),
    notAfter: new Date(Date.now() + notAfter * dayMs),
  }
  const server = selfSigned({ cn: 'localhost', san: [dns('localhost')], eku: ['serverAuth'], ...dates })
  folder.write('server.pem', server.pem)
  folder.write('server.key', server.keyPem)
}

const database = '[outgoing_pools.rdbms.default.connection]\ndriver = "sqlite"\ndatabase = "x.sqlite"\n'

const certfile = '5:16'
const keyfile = '6:15'
const cacertfile = '7:18'

const rows: readonly Row[] = [
  { name: 'all in order' },
  // certificate
  {
    name: 'a certificate file without a certificate',
    change: (folder) => folder.write('server.pem', 'nothing\n'),
    errors: [`${certfile} certificate-unusable listen.c2s.tls.certfile`],
    says: /holds no certificate \(PEM, BEGIN CERTIFICATE\)/,
  },
  {
    name: 'a damaged intermediate, which OpenSSL passes over',
    change: (folder) =>
      folder.write('server.pem', folder.server.pem + folder.authority.pem.replace(/^MI.{10}/m, 'MIIBAAAAAAAA')),
    errors: [`${certfile} certificate-unusable listen.c2s.tls.certfile`],
    says: /the certificate in line \d+ cannot be read/,
  },
  {
    name: 'a certificate that is cut off',
    change: (folder) => folder.write('server.pem', folder.server.pem.slice(0, -20)),
    errors: [`${certfile} certificate-unusable listen.c2s.tls.certfile`],
    says: /is not sound PEM: line/,
  },
  {
    name: 'an expired certificate',
    change: (folder) => serverUntil(folder, -20, -2),
    warnings: [`${certfile} certificate-expired listen.c2s.tls.certfile`],
    says: /expired on \d{4}-\d\d-\d\d; renew it/,
  },
  {
    name: 'a certificate of the future',
    change: (folder) => serverUntil(folder, 2, 90),
    warnings: [`${certfile} certificate-expired listen.c2s.tls.certfile`],
    says: /is not valid before \d{4}-\d\d-\d\d; check the clock/,
  },
  {
    name: 'a certificate that expires in 29 days',
    change: (folder) => serverUntil(folder, -20, 29.5),
    warnings: [`${certfile} certificate-expires-soon listen.c2s.tls.certfile`],
    says: /expires in 29 days/,
  },
  { name: 'a certificate that expires in 31 days', change: (folder) => serverUntil(folder, -20, 31) },
  // key
  {
    name: 'a key that is not a key',
    change: (folder) => folder.write('server.key', folder.server.pem),
    errors: [`${keyfile} key-unusable listen.c2s.tls.keyfile`],
    says: /holds no private key/,
  },
  {
    name: 'a damaged key',
    change: (folder) => folder.write('server.key', folder.server.keyPem.replace(/^MI.{10}/m, 'MIIBAAAAAAAA')),
    errors: [`${keyfile} key-unusable listen.c2s.tls.keyfile`],
    says: /cannot be read: it is damaged/,
  },
  {
    name: 'the key of another certificate',
    change: (folder) => folder.write('server.key', folder.authority.keyPem),
    errors: [`${keyfile} key-mismatch listen.c2s.tls.keyfile`],
    says: /does not belong to the certificate; the certificate must be the first/,
  },
  {
    name: 'the CA before the certificate',
    change: (folder) => folder.write('server.pem', folder.authority.pem + folder.server.pem),
    errors: [`${keyfile} key-mismatch listen.c2s.tls.keyfile`],
    warnings: [
      `${certfile} certificate-unusable listen.c2s.tls.certfile`,
      `${certfile} certificate-host-mismatch listen.c2s.tls.certfile`,
    ],
  },
  {
    name: 'a key that OpenSSL finds too weak',
    change: (folder) => {
      const server = selfSigned({ cn: 'localhost', san: [dns('localhost')], eku: null, key: 'rsa1024' })
      folder.write('server.pem', server.pem)
      folder.write('server.key', server.keyPem)
    },
    errors: [`${keyfile} certificate-unusable listen.c2s.tls.keyfile`],
    says: /^OpenSSL refuses the certificate or its key: ee key too small$/,
  },
  {
    name: 'an encrypted key without a password',
    change: (folder) => folder.write('server.key', encrypted(folder)),
    errors: [`${keyfile} key-unusable listen.c2s.tls.keyfile`],
    says: /is encrypted, and the password is missing: set `password`/,
  },
  {
    name: 'an encrypted key with a wrong password',
    change: (folder) => folder.write('server.key', encrypted(folder)),
    text: goodConfig('tls.password = "open"\n'),
    errors: [`${keyfile} key-unusable listen.c2s.tls.keyfile`],
    says: /is encrypted, and the password is wrong: check `password`; the file may also be damaged/,
  },
  {
    name: 'an encrypted key with its password',
    change: (folder) => folder.write('server.key', encrypted(folder)),
    text: goodConfig('tls.password = "open sesame"\n'),
  },
  {
    name: 'certificate and key in one file',
    change: (folder) => folder.write('server.pem', folder.server.pem + folder.server.keyPem),
    text: goodConfig().replace('tls.keyfile = "server.key"\n', ''),
  },
  {
    name: 'no keyfile, and no key in the certificate file',
    text: goodConfig().replace('tls.keyfile = "server.key"\n', ''),
    errors: [`${certfile} key-unusable listen.c2s.tls.certfile`],
    says: /holds no private key.*name the file of the key in `keyfile`/,
  },
  {
    name: 'a key that everybody can read',
    change: (folder) => chmodSync(join(folder.path, 'server.key'), 0o644),
    warnings: [`${keyfile} key-exposed listen.c2s.tls.keyfile`],
    says: /chmod o-r/,
  },
  { name: 'a key that the group can read', change: (folder) => chmodSync(join(folder.path, 'server.key'), 0o640) },
  // names of the server
  {
    name: 'a host that is not in the certificate',
    change: (folder) => serverWith(folder, [dns('example.org'), ip(127, 0, 0, 1)]),
    warnings: [`${certfile} certificate-host-mismatch listen.c2s.tls.certfile`],
    says: /does not speak for localhost, .*; it has example\.org, 127\.0\.0\.1/,
  },
  {
    name: 'a certificate with a common name only',
    change: (folder) => serverWith(folder, [xmppAddr('alice@localhost')]),
    warnings: [`${certfile} certificate-host-mismatch listen.c2s.tls.certfile`],
    says: /it has no host name \(subjectAltName\)/,
  },
  { name: 'an SRVName', change: (folder) => serverWith(folder, [srv('_xmpp-client.localhost')]) },
  {
    name: 'an SRVName of another service',
    change: (folder) => serverWith(folder, [srv('_xmpp-server.localhost')]),
    warnings: [`${certfile} certificate-host-mismatch listen.c2s.tls.certfile`],
  },
  { name: 'an xmppAddr of the domain', change: (folder) => serverWith(folder, [xmppAddr('localhost')]) },
  {
    name: 'a wildcard for one label',
    change: (folder) => serverWith(folder, [dns('*.example.org')]),
    text: goodConfig().replace('"localhost"', '"chat.example.org", "a.chat.example.org", "example.org"'),
    warnings: [
      `${certfile} certificate-host-mismatch listen.c2s.tls.certfile`,
      `${certfile} certificate-host-mismatch listen.c2s.tls.certfile`,
    ],
    says: /does not speak for a\.chat\.example\.org/,
  },
  {
    name: 'an internationalized domain',
    change: (folder) => serverWith(folder, [dns('xn--bcher-kva.example')]),
    text: goodConfig().replace('localhost', 'bücher.example'),
  },
  {
    name: 'a host of which the SNI certificate does not speak',
    text: goodConfig('tls.sni = [{ host = "example.net", certfile = "server.pem", keyfile = "server.key" }]\n').replace(
      '"localhost"',
      '"localhost", "example.net"',
    ),
    warnings: ['8:47 certificate-host-mismatch listen.c2s.tls.sni.certfile'],
    says: /does not speak for example\.net/,
  },
  // trust
  {
    name: 'a CA file that is not PEM',
    change: (folder) => folder.write('ca.pem', 'garbage\n'),
    errors: [`${cacertfile} trust-unusable listen.c2s.tls.cacertfile`],
    says: /holds no certificate/,
  },
  {
    name: 'a CA file of which a part is damaged',
    change: (folder) => folder.write('ca.pem', `${folder.authority.pem}-----BEGIN CERTIFICATE-----\nAAAA\n`),
    errors: [`${cacertfile} trust-unusable listen.c2s.tls.cacertfile`],
    says: /line \d+: BEGIN CERTIFICATE has no END/,
  },
  {
    name: 'a CA file with a certificate that is no CA',
    change: (folder) => folder.write('ca.pem', `${folder.authority.pem}${folder.server.pem}`),
    errors: [`${cacertfile} trust-unusable listen.c2s.tls.cacertfile`],
    says: /line \d+: the certificate ".*" (has no basicConstraints, so it is|is) no CA/,
  },
  {
    name: 'a bundle of public CAs',
    change: (folder) => folder.write('ca.pem', `${rootCertificates.slice(0, 3).join('\n')}\n`),
    warnings: [`${cacertfile} trust-public listen.c2s.tls.cacertfile`],
    says: /holds 3 public CAs: each of them could issue/,
  },
  {
    name: 'an expired CA',
    change: (folder) =>
      folder.write(
        'ca.pem',
        createAuthority({ subject: [cn('Old CA')], notBefore: new Date(0), notAfter: new Date(dayMs) }).pem,
      ),
    warnings: [`${cacertfile} certificate-expired listen.c2s.tls.cacertfile`],
    says: /the CA .*Old CA.* expired on 1970-01-02/,
  },
  {
    name: 'a DH file without parameters',
    change: (folder) => folder.write('dh.pem', folder.server.pem),
    text: goodConfig('tls.dhfile = "dh.pem"\n'),
    errors: ['8:14 bad-value listen.c2s.tls.dhfile'],
    says: /holds no Diffie-Hellman parameters/,
  },
  {
    name: 'a DH file with damaged parameters',
    change: (folder) => folder.write('dh.pem', toPem(Buffer.from('nonsense'), 'DH PARAMETERS')),
    text: goodConfig('tls.dhfile = "dh.pem"\n'),
    errors: ['8:14 bad-value listen.c2s.tls.dhfile'],
    says: /damaged Diffie-Hellman parameters/,
  },
  {
    name: 'a DH group of 1024 bits',
    change: (folder) => folder.write('dh.pem', dhParameters('modp2')),
    text: goodConfig('tls.dhfile = "dh.pem"\n'),
    errors: ['8:14 bad-value listen.c2s.tls.dhfile'],
    says: /holds a group of 1024 bits; at least 2048 are needed/,
  },
  {
    name: 'a DH group of 2048 bits',
    change: (folder) => folder.write('dh.pem', dhParameters('modp14')),
    text: goodConfig('tls.dhfile = "dh.pem"\n'),
  },
  // policy
  {
    name: 'selfsigned_peer with pki',
    text: goodConfig('tls.verify_mode = "selfsigned_peer"\n'),
    warnings: ['8:19 anyone-as-anyone listen.c2s.tls.verify_mode'],
    says: /log in as anyone/,
  },
  {
    name: 'auth_id with nothing that compares',
    text: `${goodConfig()}[auth]\nsasl_external = ["standard", "auth_id"]\n`,
    warnings: ['9:17 anyone-as-anyone auth.sasl_external'],
    says: /trusts the client's word.*any certificate your CA issued can log in as anyone/,
  },
  {
    name: 'no certificates asked for, and nothing else to log in with',
    text: goodConfig('tls.verify_mode = "none"\n'),
    errors: ['8:19 conflict listen.c2s.tls.verify_mode'],
    warnings: [`${cacertfile} conflict listen.c2s.tls.cacertfile`],
  },
  {
    name: 'no certificates asked for',
    text: `${goodConfig('tls.verify_mode = "none"\n')}[auth.pki]\n[auth.rdbms]\n${database}`,
    warnings: [`${cacertfile} conflict listen.c2s.tls.cacertfile`, '8:19 conflict listen.c2s.tls.verify_mode'],
  },
  {
    name: 'secrets that are kept',
    text: goodConfig('tls.keep_secrets = true\n'),
    warnings: ['8:20 secrets-kept listen.c2s.tls.keep_secrets'],
  },
  {
    name: 'what is wrong in the text does not hide what is wrong in the files',
    change: (folder) => folder.write('ca.pem', 'garbage\n'),
    text: `${goodConfig()}[auth]\nmethods = ["oauth"]\n`,
    errors: [`${cacertfile} trust-unusable listen.c2s.tls.cacertfile`, '9:12 bad-value auth.methods'],
  },
]

describe('start-up checks', () => {
  for (const { name, change, text, errors = [], warnings = [], says } of rows) {
    test(name, () => {
      using folder = createFolder()
      change?.(folder)
      const result = loadCheckedOptions(sourceIn(folder, text ?? goodConfig()), Date.now())
      assert.deepEqual(errorsOf(result).map(short), errors)
      assert.deepEqual(warningsOf(result).map(short), warnings)
      if (says !== undefined) assert.match([...errorsOf(result), ...warningsOf(result)][0]?.message ?? '', says)
    })
  }

  test('each listener is checked', () => {
    using folder = createFolder()
    folder.write('bad.pem', 'nothing\n')
    const second = `[[listen.c2s]]\nport = 5223\n${goodTls.replace('ca.pem', 'bad.pem')}`
    const result = loadCheckedOptions(sourceIn(folder, `${goodConfig()}${second}`), Date.now())
    assert.deepEqual(errorsOf(result).map(short), ['12:18 trust-unusable listen.c2s.tls.cacertfile'])
  })
})
