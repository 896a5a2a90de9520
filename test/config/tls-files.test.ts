/** Start-up checks of certificates: CAs under which path validation takes nobody, and chains that clients refuse. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { loadCheckedOptions } from '../../src/lint.ts'
import { validatePath } from '../../src/trust/path-validation.ts'
import { type Certificate, createAuthority, issue, issueServer } from '../support/pki/certificate.ts'
import { dns } from '../support/pki/names.ts'
import { parsedOf, storeOf } from '../trust/support.ts'
import { createFolder, errorsOf, goodConfig, short, sourceIn, warningsOf } from './support.ts'

const certfile = '5:16'
const cacertfile = '7:18'
const dayMs = 86_400_000

const root = createAuthority({ name: 'Root' })
const issuing = createAuthority({ name: 'Issuing', parent: root })
const past = { notBefore: new Date(0), notAfter: new Date(dayMs) }

/** CAs of a file; whatever the first of them issues is refused with `code`. */
interface AuthorityRow {
  readonly name: string
  readonly file: readonly Certificate[]
  readonly code: string
  readonly says: RegExp
}

const unusable: readonly AuthorityRow[] = [
  {
    name: 'an RSA key of 1024 bits',
    file: [createAuthority({ name: 'Small', key: 'rsa1024' })],
    code: 'chain-weak',
    says: /logins under the CA CN=Small are refused: "CN=Small": its RSA key has 1024 bits; 2048 are the least \(chain-weak\)$/,
  },
  {
    name: 'a key on secp256k1',
    file: [createAuthority({ name: 'Koblitz', key: 'secp256k1' })],
    code: 'chain-weak',
    says: /CN=Koblitz.*its key is on curve 1\.3\.132\.0\.10, which is not accepted/,
  },
  {
    name: 'extendedKeyUsage serverAuth only',
    file: [createAuthority({ name: 'Web', eku: ['serverAuth'] })],
    code: 'chain-wrong-usage',
    says: /CN=Web.*is not for TLS client authentication \(extendedKeyUsage\)/,
  },
  {
    name: 'a critical extension that nobody knows',
    file: [
      createAuthority({
        name: 'Odd',
        extensions: [{ oid: '1.2.3.4', critical: true, value: Buffer.from('0500', 'hex') }],
      }),
    ],
    code: 'chain-unknown-critical-extension',
    says: /CN=Odd.*has the critical extension 1\.2\.3\.4, which is not understood/,
  },
]

const unusableBesideRoot: readonly AuthorityRow[] = [
  ...unusable,
  {
    name: 'an issuing CA without its root',
    file: [createAuthority({ name: 'Orphan', parent: createAuthority({ name: 'Elsewhere' }) })],
    code: 'chain-unknown-ca',
    says: /logins under the CA CN=Orphan are refused: the issuer of "CN=Orphan" is not in the file \(chain-unknown-ca\)$/,
  },
  {
    name: 'an issuing CA with a weak signature',
    file: [createAuthority({ name: 'Sha1', parent: root, signatureAlgorithm: 'sha1' })],
    code: 'chain-weak',
    says: /CN=Sha1.*its signature is ECDSA with SHA-1, which is too weak/,
  },
  {
    name: 'an issuing CA with a false signature',
    file: [createAuthority({ name: 'Altered', parent: root, corruptSignature: true })],
    code: 'chain-bad-signature',
    says: /CN=Altered.*is not by the key of "CN=Root"/,
  },
  {
    name: 'an issuing CA below a root that allows none',
    file: withRoot(createAuthority({ name: 'Narrow', pathLen: 0 })),
    code: 'chain-path-too-long',
    says: /logins under the CA CN=Below are refused: "CN=Narrow" allows 0 CAs below it and the path has 1/,
  },
]

/** A CA under the one that is given, and that one. */
function withRoot(parent: Certificate): readonly Certificate[] {
  return [createAuthority({ name: 'Below', parent }), parent]
}

const pemOf = (certificates: readonly Certificate[]): string => certificates.map(({ pem }) => pem).join('')

/** What the checks find where these certificates are trusted. */
function findingsOf(authorities: readonly Certificate[], extra = '') {
  using folder = createFolder()
  folder.write('ca.pem', pemOf(authorities))
  const result = loadCheckedOptions(sourceIn(folder, goodConfig(extra)), Date.now())
  return { errors: errorsOf(result), warnings: warningsOf(result) }
}

/** What path validation says of a user of the first of these certificates, which are trusted. */
function codeOf(authorities: readonly Certificate[]): string {
  const [authority] = authorities
  assert.ok(authority !== undefined)
  const leaf = parsedOf(issue(authority, { cn: 'Alice' }).der)
  const verdict = validatePath({ leaf, extra: [], store: storeOf(pemOf(authorities)), now: Date.now() })
  return verdict.kind === 'untrusted' ? verdict.code : verdict.kind
}

describe('a CA file with', () => {
  const finding = `${cacertfile} trust-unusable listen.c2s.tls.cacertfile`

  for (const { name, file, code, says } of unusable) {
    test(`${name}, and nothing else`, () => {
      assert.equal(codeOf(file), code)
      const { errors, warnings } = findingsOf(file)
      assert.deepEqual([errors.map(short), warnings.map(short)], [[finding], []])
      assert.match(errors[0]?.message ?? '', says)
      assert.match(errors[0]?.message ?? '', /^no CA of the file can be used: /)
    })
  }

  for (const { name, file, code, says } of unusableBesideRoot) {
    test(`${name}, beside a good root`, () => {
      const all = [...file, root]
      assert.equal(codeOf(all), code)
      const { errors, warnings } = findingsOf(all)
      assert.deepEqual([errors.map(short), warnings.map(short)], [[], [finding]])
      assert.match(warnings[0]?.message ?? '', says)
    })
  }

  test('a weak root, where certificates outside of any CA are taken', () => {
    const { errors, warnings } = findingsOf(unusable[0]?.file ?? [], 'tls.verify_mode = "selfsigned_peer"\n')
    assert.deepEqual(errors, [])
    assert.ok(warnings.map(short).includes(finding))
  })

  test('an issuing CA with its root', () => {
    assert.equal(codeOf([issuing, root]), 'trusted')
    assert.deepEqual(findingsOf([issuing, root]), { errors: [], warnings: [] })
  })

  test('a root whose own signature is weak, and proves nothing', () => {
    const old = createAuthority({ name: 'Old', signatureAlgorithm: 'sha1' })
    assert.equal(codeOf([old]), 'trusted')
    assert.deepEqual(findingsOf([old]), { errors: [], warnings: [] })
  })

  const elsewhere = createAuthority({ name: 'Elsewhere' })
  const crossed = createAuthority({ name: 'Root', parent: elsewhere, key: root.key })

  test('a root, and behind it the same by another root that is not there', () => {
    assert.equal(codeOf([root, crossed]), 'trusted')
    assert.deepEqual(findingsOf([root, crossed]), { errors: [], warnings: [] })
  })

  test('a root, and before it the same by another root that is not there', () => {
    assert.equal(codeOf([crossed, root]), 'chain-unknown-ca')
    const { errors } = findingsOf([crossed, root])
    assert.deepEqual(errors.map(short), [finding])
    assert.match(errors[0]?.message ?? '', /logins under the CA CN=Root are refused: the issuer of "CN=Root" is not in/)
  })

  test('an expired CA, and the same renewed', () => {
    const old = createAuthority({ name: 'Root', key: root.key, eku: ['serverAuth'], ...past })
    assert.equal(codeOf([old, root]), 'trusted')
    const { errors, warnings } = findingsOf([old, root])
    assert.deepEqual([errors, warnings.map(({ rule }) => rule)], [[], ['certificate-expired']])
  })
})

const names = [dns('localhost')]
const server = issueServer(issuing, names, 'localhost')

/** A certificate file, the server's first; the rules of its warnings. */
interface ChainRow {
  readonly name: string
  readonly file: readonly [leaf: Certificate, ...issuers: Certificate[]]
  readonly rules: readonly string[]
  readonly says?: RegExp
}

const chains: readonly ChainRow[] = [
  { name: 'the server certificate alone', file: [server], rules: [] },
  { name: 'each issuer behind what it issued', file: [server, issuing, root], rules: [] },
  {
    name: 'a certificate for clients only',
    file: [issue(issuing, { cn: 'localhost', san: names }), issuing],
    rules: ['certificate-unusable'],
    says: /^the server certificate is not for TLS servers \(extendedKeyUsage without serverAuth\), so clients refuse it$/,
  },
  {
    name: 'a certificate without extendedKeyUsage',
    file: [issue(issuing, { cn: 'localhost', san: names, eku: null }), issuing],
    rules: [],
  },
  {
    name: 'an expired intermediate',
    file: withIssuer(createAuthority({ name: 'Late', parent: root, ...past })),
    rules: ['certificate-expired'],
    says: /^the CA CN=Late in the file expired on 1970-01-02; renew it$/,
  },
  {
    name: 'the root before the intermediate',
    file: [server, root, issuing],
    rules: ['certificate-unusable'],
    says: /^certificate 2 of the file, CN=Root, is not the issuer of the one before it, CN=localhost: /,
  },
  {
    name: 'behind the intermediate a root of the same name',
    file: [server, issuing, createAuthority({ name: 'Root', subjectKeyIdentifier: root.keyId })],
    rules: ['certificate-unusable'],
    says: /^certificate 3 of the file, CN=Root, is not the issuer of the one before it, CN=Issuing: /,
  },
  {
    name: 'behind the intermediate a root of the same key by another name',
    file: [server, issuing, createAuthority({ name: 'Alias', key: root.key })],
    rules: ['certificate-unusable'],
    says: /^certificate 3 of the file, CN=Alias, is not the issuer of the one before it, CN=Issuing: /,
  },
]

/** A server certificate by an issuer, and that one. */
function withIssuer(issuer: Certificate): readonly [Certificate, Certificate] {
  return [issueServer(issuer, names, 'localhost'), issuer]
}

describe('a certificate file with', () => {
  for (const { name, file, rules, says } of chains) {
    test(name, () => {
      using folder = createFolder()
      folder.write('server.pem', pemOf(file))
      folder.write('server.key', file[0].keyPem)
      const result = loadCheckedOptions(sourceIn(folder, goodConfig()), Date.now())
      const found = rules.map((rule) => `${certfile} ${rule} listen.c2s.tls.certfile`)
      assert.deepEqual([errorsOf(result), warningsOf(result).map(short)], [[], found])
      if (says !== undefined) assert.match(warningsOf(result)[0]?.message ?? '', says)
    })
  }

  test('a certificate for clients only, shown by SNI', () => {
    using folder = createFolder()
    const other = issue(root, { cn: 'example.net', san: [dns('example.net')] })
    folder.write('other.pem', other.pem + other.keyPem)
    const text = goodConfig('tls.sni = [{ host = "example.net", certfile = "other.pem" }]\n')
    const warnings = warningsOf(loadCheckedOptions(sourceIn(folder, text), Date.now()))
    assert.deepEqual(warnings.map(short), ['8:47 certificate-unusable listen.c2s.tls.sni.certfile'])
  })
})
