/** Hostile text in every field that a rule or a list reads: it stays the text of its field, or the certificate is refused. */

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of rules look like this

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createTrustedNames } from '../../src/auth/trusted-names.ts'
import { parseCertificate } from '../../src/certificate/facts.ts'
import { mappingRule } from '../../src/certificate/mapping/rule.ts'
import { prepareLocal } from '../../src/jid/jid.ts'
import * as names from '../support/pki/names.ts'
import { extensions, nameOf, rawCertificate, san } from './raw-certificate.ts'

const domain = 'a.example'
const types = names.attributeTypes

/** How a text gets into each field. */
const fields: Readonly<Record<string, (text: string) => { subject?: names.Attribute; name?: Uint8Array }>> = {
  common_name: (text) => ({ subject: names.cn(text) }),
  email: (text) => ({ name: names.email(text) }),
  upn: (text) => ({ name: names.upn(text) }),
  dns: (text) => ({ name: names.dns(text) }),
  uri: (text) => ({ name: names.uri(text) }),
  srv_name: (text) => ({ name: names.srv(text) }),
  uid: (text) => ({ subject: { oid: types.uid, value: text } }),
  '2.5.4.5': (text) => ({ subject: { oid: types.serialNumber, value: text } }),
}

function certificateWith(field: string, text: string) {
  const { subject, name } = fields[field]?.(text) ?? {}
  return parseCertificate(
    rawCertificate({
      subject: nameOf([{ oid: types.organization, value: 'Example' }, ...(subject === undefined ? [] : [subject])]),
      extensions: name === undefined ? null : extensions(san(name)),
    }),
  )
}

const hostile = [
  'admin@a.example',
  'x@a.example/admin',
  'admin/x',
  '${domain}',
  '$0$1',
  '${user}@b.example',
  "$&$`$'",
  '.*',
  '(a+)+$',
  '[',
  '\\',
  '\\,OU=Staff',
  ',OU=Staff,O=Example',
  'x,CN=admin',
  'x+CN=admin',
  '*',
  '**',
  '?',
  '#0c0561646d696e',
  '\0admin',
  'admin\0@b.example',
  'admin\r\n',
  "' OR '1'='1",
  '*)(uid=*',
  '%00',
  '&lt;x/&gt;',
  '<a/>',
  '\u202enimda',
  'ad\u200bmin',
  'ａdmin',
  '',
  ' ',
  'a'.repeat(1024),
]

const texts = fc.oneof(
  fc.constantFrom(...hostile),
  fc
    .array(fc.constantFrom(...'a@/$\\{}.*?+,=#\0 %\'"&<>(|)[]-', '${domain}', '${user}', 'é', '\u202e'), {
      maxLength: 8,
    })
    .map((all) => all.join('')),
)

const templates: readonly (readonly [jid: string, prefix: string, suffix: string])[] = [
  ['$0@${domain}', '', ''],
  ['u-$1-x@${domain}', 'u-', '-x'],
  ['${user}@a.example', '', ''],
]

describe('whatever a field holds', () => {
  for (const source of Object.keys(fields)) {
    test(`${source}: the JID is that text, prepared, at the domain, or there is none`, () => {
      let logins = 0
      fc.assert(
        fc.property(texts, fc.constantFrom(...templates), (text, [jid, prefix, suffix]) => {
          const certificate = certificateWith(source, text)
          if (!certificate.ok) return
          const rule = mappingRule({
            name: 'rule:x',
            source,
            match: '(?<user>.*)',
            issuer: [],
            subject: [],
            jid,
            case: 'keep',
          })
          assert.ok(rule.ok)
          const answer = rule.value.answer({ certificate: certificate.value, authzid: null, domain })
          const wanted = /\p{Cc}/u.test(text) ? null : prepareLocal(`${prefix}${text}${suffix}`)
          if (wanted?.ok === true) {
            logins += 1
            assert.deepEqual(answer.kind === 'jid' ? answer.jid : answer, { local: wanted.value, domain })
          } else {
            const code = wanted === null ? 'rule-value-malformed' : 'rule-jid-malformed'
            assert.equal(answer.kind === 'refuse' ? answer.code : answer.kind, code, JSON.stringify(text))
          }
        }),
        { numRuns: 300, seed: 4, examples: hostile.map((text) => [text, templates[0] ?? ['', '', '']]) },
      )
      assert.ok(logins > 20, `only ${logins} logins`)
    })

    test(`${source}: no list takes it for another attribute`, () => {
      const lists = createTrustedNames({
        subjects: { allow: ['OU=Staff,**', 'CN=admin,**'], deny: null },
        issuers: null,
      })
      for (const text of hostile) {
        const certificate = certificateWith(source, text)
        if (!certificate.ok) continue
        const { refusal } = lists?.judge(certificate.value, { kind: 'trusted', chain: [] }) ?? { refusal: null }
        const inSubject = fields[source]?.(text).subject !== undefined
        const wanted = inSubject && /\p{Cc}/u.test(text) ? 'name-malformed' : 'subject-not-trusted'
        assert.equal(refusal?.code, wanted, JSON.stringify(text))
      }
    })
  }
})
