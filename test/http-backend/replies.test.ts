/** What replies of the service mean: status and body of each method, and the answers of the JSON form, row by row. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAnswer } from '../../src/auth/backends/http/answer.ts'
import {
  readBoolean,
  readCertificateList,
  readPasswordCheck,
  readStoredPassword,
} from '../../src/auth/backends/http/mongooseim.ts'
import { readCertificates } from '../../src/compose-http.ts'
import { createAuthority, issue, toPem } from '../support/pki/certificate.ts'

const ca = createAuthority({ name: 'CA' })
const [own, other, renewed] = ['alice', 'alice', 'alice'].map((cn) => issue(ca, { cn }))
assert.ok(own && other && renewed)
const reply = (status: number, body = '', type = 'text/plain') => ({ status, body, type })
const said = ({ kind, ...rest }: { readonly kind: string }): string =>
  'why' in rest ? `${kind}: ${'code' in rest ? `${String(rest.code)}: ` : ''}${String(rest.why)}` : kind

/** Statuses that mean the same for get_certs, user_exists and get_password. */
const statuses: readonly [number, string][] = [
  [201, 'unavailable: the service answers 201'],
  [206, 'unavailable: the service answers 206'],
  [301, 'unavailable: the service answers 301: redirects are not followed'],
  [302, 'unavailable: the service answers 302: redirects are not followed'],
  [307, 'unavailable: the service answers 307: redirects are not followed'],
  [400, 'unavailable: the service answers 400'],
  [401, 'unavailable: the service answers 401: it does not take our own `auth.http.basic_auth`'],
  [403, 'deny: backend-denied: the service answers 403'],
  [404, 'unknown'],
  [409, 'unavailable: the service answers 409'],
  [429, 'unavailable: the service answers 429'],
  [500, 'unavailable: the service answers 500'],
  [502, 'unavailable: the service answers 502'],
  [503, 'unavailable: the service answers 503'],
  [504, 'unavailable: the service answers 504'],
]

for (const [status, meaning] of statuses) {
  test(`status ${status}: ${meaning}`, () => {
    // A body that would let somebody in does not count.
    assert.equal(said(readCertificateList(reply(status, own.pem), own.der, readCertificates)), meaning)
    assert.equal(said(readBoolean(reply(status, 'true'))), meaning)
    assert.equal(said(readStoredPassword(reply(status, 'secret'), 'plain')), meaning)
    const check = readPasswordCheck(reply(status, 'true'))
    if (status === 401) assert.deepEqual(check, { kind: 'value', value: false })
    else assert.equal(said(check), meaning)
  })
}

const nothingListed = 'deny: certificate-not-listed: the service lists no certificate for the account'
const among = (count: number) =>
  `deny: certificate-not-listed: it is none of the ${count} that the service lists for the account`
const unsound = (why: string) =>
  `unavailable: the service answers amiss: its list of certificates is not sound PEM: ${why}`
const flipped = Buffer.from(own.der)
flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1

const lists: readonly [string, string, string][] = [
  ['the certificate', own.pem, 'value'],
  ['the certificate behind another', other.pem + own.pem, 'value'],
  ['with comments, a key and CR LF', `Alice\n${own.keyPem}${own.pem}`.replaceAll('\n', '\r\n'), 'value'],
  ['nothing', '', nothingListed],
  ['white space', ' \r\n\n', nothingListed],
  ['another certificate of the same name', other.pem, among(1)],
  ['two others', other.pem + renewed.pem, among(2)],
  ['the CA', ca.pem, among(1)],
  ['the certificate with one bit changed', toPem(flipped), among(1)],
  [
    'the certificate under another label',
    toPem(own.der, 'TRUSTED CERTIFICATE'),
    'unavailable: the service answers amiss: its list of certificates holds none (PEM, BEGIN CERTIFICATE)',
  ],
  [
    'an error page',
    '<html>no such user</html>',
    'unavailable: the service answers amiss: its list of certificates holds none (PEM, BEGIN CERTIFICATE)',
  ],
  [
    'DER in base64 without the lines around it',
    own.der.toString('base64'),
    'unavailable: the service answers amiss: its list of certificates holds none (PEM, BEGIN CERTIFICATE)',
  ],
  ['a list that was cut off', own.pem.slice(0, -30), unsound('line 1: BEGIN CERTIFICATE has no END')],
  [
    'the certificate, and one that was damaged',
    own.pem + other.pem.replace('MI', '!!'),
    unsound(
      `line ${own.pem.split('\n').length + 1}: not base64; line ${own.pem.split('\n').length}: the base64 of this CERTIFICATE is empty or damaged`,
    ),
  ],
  [
    'more certificates than are read',
    own.pem.repeat(1001),
    'unavailable: the service answers amiss: its list has more than 1000 certificates',
  ],
]

for (const [name, body, meaning] of lists) {
  test(`get_certs, ${name}: ${meaning}`, () => {
    assert.equal(said(readCertificateList(reply(200, body), own.der, readCertificates)), meaning)
  })
}

test('get_certs, 204: an account without a certificate, not an account that is unknown', () => {
  assert.equal(said(readCertificateList(reply(204), own.der, readCertificates)), nothingListed)
})

for (const [body, meaning] of [
  ['true', true],
  ['false', false],
] as const) {
  test(`a boolean, ${body}`, () => assert.deepEqual(readBoolean(reply(200, body)), { kind: 'value', value: meaning }))
}

for (const body of ['', 'TRUE', 'true\n', ' true', '"true"', '1', 'yes', 'truefalse', '{"result":true}']) {
  test(`a boolean, ${JSON.stringify(body)}: no answer`, () => {
    assert.equal(
      said(readBoolean(reply(200, body))),
      'unavailable: the service answers amiss: it answers neither "true" nor "false"',
    )
  })
}

const scramText =
  '==MULTI_SCRAM==,4096,===SHA1===QClQsw/sfPEnwj4AEp6E1w==|ys1104hRhqMoRputBY5sLHKXoSw=|EJvxXWM42tO7BgW21lNZyBc1dD0='
const legacyText = '==SCRAM==,tmi5IE+9pceRV/jkPLFHEaVY33c=,MiWNa8T3dniVDwmh77ufJ41fpAQ=,inKXODlSY5y5SCsLxibi0w==,4096'
const noForm = 'unavailable: the service answers amiss: its password is in neither of the two serialised SCRAM forms'

test('get_password: both serialised forms, in either format', () => {
  for (const format of ['scram', 'plain'] as const) {
    for (const text of [scramText, legacyText]) {
      const answer = readStoredPassword(reply(200, text), format)
      assert.equal(answer.kind === 'value' && answer.value?.kind, 'scram')
    }
    assert.deepEqual(readStoredPassword(reply(200), format), { kind: 'value', value: null })
    assert.deepEqual(readStoredPassword(reply(204), format), { kind: 'value', value: null })
  }
})

test('get_password: a text in clear is a password only where that is the format', () => {
  const stored = { kind: 'plain', password: 'padthai' }
  assert.deepEqual(readStoredPassword(reply(200, 'padthai'), 'plain'), { kind: 'value', value: stored })
  assert.equal(said(readStoredPassword(reply(200, 'padthai'), 'scram')), noForm)
})

for (const text of [
  scramText.slice(0, -5),
  `${scramText}\n`,
  legacyText.replace('4096', '0'),
  '==MULTI_SCRAM==,4096',
]) {
  test(`get_password, ${JSON.stringify(text.slice(0, 24))}…: a damaged form is no password, even in clear`, () => {
    for (const format of ['scram', 'plain'] as const)
      assert.equal(said(readStoredPassword(reply(200, text), format)), noForm)
  })
}

const amiss = (why: string) => `the service answers amiss: ${why}`
const answers: readonly [string, unknown][] = [
  ['{"verdict":"allow"}', { kind: 'allow', jid: null }],
  ['{"verdict":"allow","jid":"Bob@EXAMPLE.org"}', { kind: 'allow', jid: { local: 'bob', domain: 'example.org' } }],
  ['{"verdict":"allow","reason":"in the list"}', { kind: 'allow', jid: null }],
  ['{"verdict":"deny"}', { kind: 'deny', why: 'the service gives no reason' }],
  ['{"verdict":"deny","reason":"left the company"}', { kind: 'deny', why: 'left the company' }],
  [' {"reason":"","verdict":"unknown"}\n', { kind: 'unknown' }],
  ['', amiss('its body is not a JSON object')],
  ['allow', amiss('its body is not a JSON object')],
  ['"allow"', amiss('its body is not a JSON object')],
  ['["allow"]', amiss('its body is not a JSON object')],
  ['null', amiss('its body is not a JSON object')],
  ['{"verdict":"allow"', amiss('its body is not a JSON object')],
  ['{}', amiss('its verdict is not "allow", "deny" or "unknown"')],
  ['{"verdict":"ALLOW"}', amiss('its verdict is not "allow", "deny" or "unknown"')],
  ['{"verdict":true}', amiss('its verdict is not "allow", "deny" or "unknown"')],
  ['{"verdict":["allow"]}', amiss('its verdict is not "allow", "deny" or "unknown"')],
  ['{"verdict":"allow","Jid":"bob@example.org"}', amiss('it has the key "Jid"')],
  ['{"verdict":"allow","__proto__":{}}', amiss('it has the key "__proto__"')],
  ['{"verdict":"deny","jid":"bob@example.org"}', amiss('it has a jid without allowing the login')],
  ['{"verdict":"allow","jid":"bob@elsewhere.example"}', amiss('its jid is not of the domain example.org')],
  ['{"verdict":"allow","jid":"bob@example.org/phone"}', amiss('its jid is not a bare JID with a user')],
  ['{"verdict":"allow","jid":"example.org"}', amiss('its jid is not a bare JID with a user')],
  ['{"verdict":"allow","jid":"b b@example.org"}', amiss('its jid is none')],
  ['{"verdict":"allow","jid":""}', amiss('its jid is none')],
  ['{"verdict":"allow","jid":null}', amiss('its jid is none')],
  ['{"verdict":"deny","reason":7}', amiss('its reason is no text of at most 200 printable characters')],
  ['{"verdict":"deny","reason":"a\\u0000b"}', amiss('its reason is no text of at most 200 printable characters')],
  ['{"verdict":"deny","reason":"a\\nb"}', amiss('its reason is no text of at most 200 printable characters')],
  ['{"verdict":"deny","reason":"\\u202egnorw"}', amiss('its reason is no text of at most 200 printable characters')],
  ['{"verdict":"deny","reason":"\\ud800"}', amiss('its reason is no text of at most 200 printable characters')],
  [
    `{"verdict":"deny","reason":"${'x'.repeat(201)}"}`,
    amiss('its reason is no text of at most 200 printable characters'),
  ],
]

for (const [body, meaning] of answers) {
  test(`JSON answer ${body.slice(0, 60)}`, () => {
    const answer = readAnswer(reply(200, body, 'application/json'), 'example.org')
    assert.deepEqual(answer.ok ? answer.value : answer.error, meaning)
  })
}

test('JSON answers count with status 200 and their own content-type only', () => {
  const body = '{"verdict":"allow"}'
  const errors = [
    [200, 'text/html', amiss('its content-type is not application/json')],
    [200, '', amiss('its content-type is not application/json')],
    [201, 'application/json', 'the service answers 201'],
    [204, 'application/json', 'the service answers 204'],
    [302, 'application/json', 'the service answers 302'],
    [401, 'application/json', 'the service answers 401: it does not take our signature or our `auth.http.basic_auth`'],
    [403, 'application/json', 'the service answers 403: it does not take our signature or our `auth.http.basic_auth`'],
    [404, 'application/json', 'the service answers 404'],
    [500, 'application/json', 'the service answers 500'],
  ] as const
  for (const [status, type, why] of errors) {
    assert.deepEqual(readAnswer(reply(status, body, type), 'example.org'), { ok: false, error: why })
  }
})
