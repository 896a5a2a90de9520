/** Lists of certificates are read in two ways, which come to the same. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCertificates } from '../../src/compose-http.ts'
import { parsePem } from '../../src/trust/pem.ts'
import { createAuthority, issue } from '../support/pki/certificate.ts'

const ca = createAuthority({ name: 'CA' })
const [one, two] = ['one', 'two'].map((cn) => issue(ca, { cn }))
assert.ok(one && two)

/** The way by the book. */
function read(text: string) {
  const blocks = parsePem(text)
  return blocks.ok
    ? blocks.value.filter(({ label }) => label === 'CERTIFICATE').map(({ der }) => Buffer.from(der).toString('hex'))
    : blocks.error.map(({ line, text: why }) => `line ${line}: ${why}`).join('; ')
}

function readBoth(text: string): void {
  const result = readCertificates(text)
  const said = result.ok ? result.value.map((der) => Buffer.from(der).toString('hex')) : result.error
  assert.deepEqual(said, read(text), JSON.stringify(text.slice(0, 80)))
}

test('lists as they are, and every single character of one changed, left out or doubled', () => {
  const list = one.pem + two.pem
  assert.deepEqual(read(list), [one.der.toString('hex'), two.der.toString('hex')])
  readBoth(list)
  for (let at = 0; at < list.length; at += 1) {
    const [before, behind] = [list.slice(0, at), list.slice(at + 1)]
    for (const instead of ['', '\n', '=', 'A', '-', ' ', (list[at] ?? '').repeat(2)])
      readBoth(before + instead + behind)
  }
})

test('other forms of a list', () => {
  const body = one.pem.split('\n').slice(1, -2).join('')
  const wrapped = (width: number) => body.match(new RegExp(`.{1,${width}}`, 'g'))?.join('\n') ?? ''
  const block = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`
  for (const text of [
    '',
    '\n',
    one.pem.trimEnd(),
    one.pem.replaceAll('\n', '\r\n'),
    `# ours\n${one.pem}`,
    `${one.pem}\n\n${two.pem}`,
    one.pem + one.keyPem,
    block(''),
    block(body),
    ...[32, 63, 64, 65, 76, 77].map((width) => block(wrapped(width))),
    one.pem.repeat(16),
    one.pem.repeat(17),
    one.pem.repeat(40) + two.pem.slice(5),
  ]) {
    readBoth(text)
  }
})
