/** Path validation on the NIST suite: ours answers as the table says, and takes nothing that OpenSSL refuses. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { parseCertificate } from '../../src/certificate/facts.ts'
import { validatePath } from '../../src/trust/path-validation.ts'
import { packageFiles, skipWithout } from '../clients/debian.ts'
import { toPem } from '../support/pki/certificate.ts'
import { judgedAt, type PkitsAnswer, type PkitsRow, pkitsRows, trustAnchor } from './pkits-table.ts'
import { storeOf } from './support.ts'

const skip = skipWithout(['openssl', 'python3-cryptography-vectors'])
const certificates = join(packageFiles['python3-cryptography-vectors'], '..', 'certs')

const derOf = (name: string): Buffer => readFileSync(join(certificates, `${name}.crt`))
const pemOf = (...names: readonly string[]): string => names.map((name) => toPem(derOf(name))).join('')

function answerOf({ leaf, authorities }: PkitsRow): PkitsAnswer {
  const own = parseCertificate(derOf(leaf))
  if (!own.ok) return 'unreadable'
  // As the TLS door does it: an authority that cannot be read helps nobody.
  const extra = authorities
    .map((name) => parseCertificate(derOf(name)))
    .flatMap((read) => (read.ok ? [read.value] : []))
  const store = storeOf(pemOf(trustAnchor))
  const verdict = validatePath({ leaf: own.value, extra, store, now: judgedAt.getTime() })
  return verdict.kind === 'untrusted' ? verdict.code : verdict.kind === 'trusted' ? 'trusted' : 'chain-self-signed'
}

/** Whether `openssl verify` takes the path, at the security level that OpenSSL has in a handshake. */
function isTakenByOpenSsl({ leaf, authorities }: PkitsRow, folder: string): Promise<boolean> {
  const write = (name: string, text: string): string => {
    const file = join(folder, name)
    writeFileSync(file, text)
    return file
  }
  const root = write('root.pem', pemOf(trustAnchor))
  const sent = write(`${leaf}-sent.pem`, pemOf(leaf, ...authorities))
  const rules = ['-purpose', 'sslclient', '-auth_level', '2', '-attime', `${judgedAt.getTime() / 1000}`]
  const stores = ['-no-CApath', '-no-CAstore', '-CAfile', root, '-untrusted', sent]
  const { promise, resolve, reject } = Promise.withResolvers<boolean>()
  execFile('openssl', ['verify', ...rules, ...stores, sent], (error, stdout, stderr) => {
    if (error === null) resolve(stdout.trim().endsWith(': OK'))
    else if (/error \d+ at \d+ depth lookup/.test(stderr)) resolve(false)
    else reject(new Error(`openssl verify gave no verdict on ${leaf}: ${stderr}`))
  })
  return promise
}

describe('NIST PKITS', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'signet-pkits-'))
  after(() => rmSync(folder, { recursive: true }))

  test('each test stands once in the table, and each stricter one with its reason', () => {
    assert.equal(new Set(pkitsRows.map(({ test: number }) => number)).size, pkitsRows.length)
    for (const { test: number, nist, ours, stricter } of pkitsRows) {
      assert.equal(nist === 'valid' && ours !== 'trusted', stricter !== null, number)
      assert.ok(nist === 'valid' || ours !== 'trusted', `${number} would be looser than NIST`)
    }
  })

  for (const row of pkitsRows) {
    test(`${row.test} ${row.leaf}: ${row.ours}`, async () => {
      const isTaken = await isTakenByOpenSsl(row, folder)
      assert.equal(answerOf(row), row.ours)
      if (row.ours === 'trusted') assert.ok(isTaken, 'ours takes what OpenSSL refuses')
      assert.equal(isTaken, row.openssl === 'takes')
    })
  }
})
