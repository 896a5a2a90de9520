/** Identity rules and trusted names in a file: what order comes of it, who overrides whom, and what is said about mistakes. */

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of rules look like this

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AuthOptions } from '../../src/auth/options.ts'
import { composeRules } from '../../src/compose.ts'
import { inForce } from '../../src/in-force.ts'
import { loadCheckedOptions } from '../../src/lint.ts'
import type { SignetOptions } from '../../src/options.ts'
import { createFolder, errorsOf, goodConfig, loadIn, short, sourceIn, warningsOf } from './support.ts'

const upnRule = '[[auth.sasl_external_rules]]\nname = "upn"\nsource = "upn"\n'
const uidRule = '[[auth.sasl_external_rules]]\nname = "uid"\nsource = "uid"\n'
const serialRule = '[[auth.sasl_external_rules]]\nsource = "2.5.4.5"\n'

function loaded(text: string): SignetOptions {
  using folder = createFolder()
  const result = loadIn(folder, text)
  assert.ok(result.ok, JSON.stringify(result))
  return result.value.options
}

const order = ({ saslExternal }: Pick<AuthOptions, 'saslExternal'>): string =>
  saslExternal.map((rule) => (typeof rule === 'string' ? rule : rule.name)).join(' ')

const orders: readonly (readonly [name: string, auth: string, order: string])[] = [
  ['no rules', '', 'standard'],
  ['a rule without a name follows', serialRule, 'standard rule:#1'],
  ['a rule with a name must be listed', upnRule, 'standard'],
  [
    'the order of the list',
    `[auth]\nsasl_external = ["common_name", "rule:upn", "standard"]\n${upnRule}`,
    'common_name rule:upn standard',
  ],
  ['the list alone', `[auth]\nsasl_external = ["rule:upn"]\n${upnRule}`, 'rule:upn'],
  [
    'the list, and those without a name',
    `[auth]\nsasl_external = ["rule:upn"]\n${serialRule}${upnRule}${serialRule}`,
    'rule:upn rule:#1 rule:#3',
  ],
]

describe('the order of rules', () => {
  for (const [name, auth, expected] of orders) {
    test(name, () => {
      const { auth: options } = loaded(goodConfig(auth))
      assert.equal(order(options), expected)
      assert.equal(
        composeRules(options)
          .map((rule) => rule.name)
          .join(' '),
        expected,
      )
    })
  }
})

test('a rule with everything', () => {
  const { auth } = loaded(
    goodConfig(`[[auth.sasl_external_rules]]
name = "card"
source = "upn"
match = '(?<user>[^@]+)@corp\\.example'
issuer = ["CN=Card CA,O=Example"]
subject = ["OU=Staff,**", "OU=Guests,**"]
jid = "\${user}@\${domain}"
case = "lower"
`),
  )
  assert.deepEqual(auth.ownRules, [
    {
      name: 'rule:card',
      source: 'upn',
      match: '(?<user>[^@]+)@corp\\.example',
      issuer: ['CN=Card CA,O=Example'],
      subject: ['OU=Staff,**', 'OU=Guests,**'],
      jid: '${user}@${domain}',
      case: 'lower',
    },
  ])
})

test('the host goes before the listener, and the listener before [auth]', () => {
  const { c2s, ...options } = loaded(`[general]
hosts = ["localhost", "example.org", "plain.example"]
[[listen.c2s]]
port = 5222
tls = { certfile = "server.pem", keyfile = "server.key", cacertfile = "ca.pem" }
[[listen.c2s]]
port = 5223
tls = { certfile = "server.pem", keyfile = "server.key", cacertfile = "ca.pem" }
sasl_external = ["rule:upn"]
trusted_subjects.allow = ["CN=listener"]
[auth]
sasl_external = ["common_name"]
trusted_subjects.allow = ["CN=global"]
trusted_issuers.deny = ["CN=global"]
${upnRule}
[[host_config]]
host = "example.org"
[host_config.auth]
sasl_external = ["auth_id"]
trusted_subjects.deny = ["CN=host"]
[[host_config]]
host = "plain.example"
[host_config.auth]
methods = ["pki"]
`)
  const [first, second] = c2s
  assert.ok(first !== undefined && second !== undefined)
  const all = (listener: typeof first, host: string) => {
    const { auth } = inForce({ c2s, ...options }, listener, host)
    return [order(auth), auth.trustedNames.subjects, auth.trustedNames.issuers]
  }
  const lists = (allow: string | null, deny: string | null) => ({ allow: allow && [allow], deny: deny && [deny] })
  const globalIssuers = lists(null, 'CN=global')
  assert.deepEqual(all(first, 'localhost'), ['common_name', lists('CN=global', null), globalIssuers])
  assert.deepEqual(all(second, 'localhost'), ['rule:upn', lists('CN=listener', null), globalIssuers])
  assert.deepEqual(all(first, 'example.org'), ['auth_id', lists(null, 'CN=host'), null])
  assert.deepEqual(all(second, 'example.org'), ['auth_id', lists(null, 'CN=host'), null])
  // A host's [auth] takes the place of the global one as a whole, the listener's own lists stay.
  assert.deepEqual(all(first, 'plain.example'), ['standard', null, null])
  assert.deepEqual(all(second, 'plain.example'), ['rule:upn', lists('CN=listener', null), null])
})

const rule = (lines: string): string => `[[auth.sasl_external_rules]]\n${lines}\n`

/** What is put behind the listener's good options, whose last line is 7; what is found, and words of it. */
const mistakes: readonly (readonly [text: string, found: string, says: RegExp])[] = [
  [
    `[auth]\nsasl_external = ["rule:upm"]\n${upnRule}`,
    '9:18 conflict auth.sasl_external',
    /no rule of `\[\[auth\.sasl_external_rules\]\]`: there are "rule:upn"/,
  ],
  ['[auth]\nsasl_external = ["rule:x"]', '9:18 conflict auth.sasl_external', /no rule has a name/],
  [
    '[auth]\nsasl_external = ["standart"]',
    '9:18 bad-value auth.sasl_external',
    /must be one of "standard", "common_name", "auth_id", "by_backend", or "rule:"/,
  ],
  ['[auth]\nsasl_external = ["rule:UPN"]', '9:18 bad-value auth.sasl_external', /or "rule:"/],
  ['sasl_external = ["rule:upn"]', '8:18 conflict listen.c2s.sasl_external', /no rule has a name/],
  [rule('match = "a"'), '8:8 missing auth.sasl_external_rules.source', /must say what it reads/],
  [rule('source = "cn"'), '9:10 bad-value auth.sasl_external_rules.source', /must be one of "xmpp_addr"/],
  [rule('source = "upn"\nname = "Card"'), '10:8 bad-value auth.sasl_external_rules.name', /all lower-case/],
  [upnRule + upnRule, '12:8 duplicate auth.sasl_external_rules.name', /another rule is named "upn"/],
  [
    rule('source = "upn"\nmatch = "^a"'),
    '10:9 bad-value auth.sasl_external_rules.match',
    /"\^a" cannot be used: character 1: a match is of the whole/,
  ],
  [
    rule("source = 'upn'\nmatch = '\\p{L}'"),
    '10:9 bad-value auth.sasl_external_rules.match',
    /character 1: \\p is not supported/,
  ],
  [rule('source = "upn"\njid = "$1@x"'), '10:7 bad-value auth.sasl_external_rules.jid', /no group 1/],
  [rule('source = "upn"\nissuer = ["**", "CN"]'), '10:17 bad-value auth.sasl_external_rules.issuer', /TYPE=value/],
  [rule('source = "upn"\nsubject = []'), '10:11 bad-value auth.sasl_external_rules.subject', /a list of patterns/],
  [
    rule('source = "upn"\ncase = "low"'),
    '10:8 bad-value auth.sasl_external_rules.case',
    /one of "keep", "lower", "upper"/,
  ],
  [
    'trusted_subjects.allow = ["CN=a", "CN=**"]',
    '8:35 bad-value listen.c2s.trusted_subjects.allow',
    /"CN=\*\*" is no pattern: .*stands alone/,
  ],
  ['trusted_issuers.deny = ["ou"]', '8:25 bad-value listen.c2s.trusted_issuers.deny', /is no pattern/],
  ['[auth.trusted_issuers]\nallow = ["CN=a", "CN=a"]', '9:9 bad-value auth.trusted_issuers.allow', /each once/],
  ['[auth.trusted_subjects]\nallowed = ["CN=a"]', '9:1 unknown-key auth.trusted_subjects.allowed', /is not an option/],
]

describe('mistakes', () => {
  for (const [text, found, says] of mistakes) {
    test(text.replaceAll('\n', ' '), () => {
      using folder = createFolder()
      const errors = errorsOf(loadIn(folder, goodConfig(text)))
      assert.deepEqual(errors.map(short), [found])
      assert.match(errors[0]?.message ?? '', says)
    })
  }
})

/** Several mistakes in one file, and nothing about what only follows from one of them. */
const together: readonly (readonly [what: string, text: string, found: readonly string[]])[] = [
  [
    'everything in one rule',
    rule('source = "foo"\nissuer = ["bad"]\nmatch = "("\njid = "x"\ncase = "low"'),
    [
      '9:10 bad-value auth.sasl_external_rules.source',
      '10:11 bad-value auth.sasl_external_rules.issuer',
      '11:9 bad-value auth.sasl_external_rules.match',
      '12:7 bad-value auth.sasl_external_rules.jid',
      '13:8 bad-value auth.sasl_external_rules.case',
    ],
  ],
  [
    'no source, and more',
    rule('match = "("\nsubject = ["CN=a", "CN"]'),
    [
      '8:8 missing auth.sasl_external_rules.source',
      '9:9 bad-value auth.sasl_external_rules.match',
      '10:20 bad-value auth.sasl_external_rules.subject',
    ],
  ],
  [
    'a match that is no text says nothing about groups',
    rule('source = "upn"\nmatch = 5\njid = "$1@x"'),
    ['10:9 bad-value auth.sasl_external_rules.match'],
  ],
  [
    'a rule that is listed is there, whatever is wrong with it, and its name is taken',
    `[auth]\nsasl_external = ["rule:upn"]\n${upnRule}match = "("\n${upnRule}`,
    ['13:9 bad-value auth.sasl_external_rules.match', '15:8 duplicate auth.sasl_external_rules.name'],
  ],
]

describe('mistakes together', () => {
  for (const [what, text, found] of together) {
    test(what, () => {
      using folder = createFolder()
      assert.deepEqual(errorsOf(loadIn(folder, goodConfig(text))).map(short), found)
    })
  }
})

const oddities: readonly (readonly [text: string, found: readonly string[], says: RegExp])[] = [
  [uidRule, ['8:8 conflict auth.sasl_external_rules'], /"rule:uid" has no effect/],
  [`sasl_external = ["rule:uid"]\n${uidRule}`, [], /^$/],
  ['[auth.trusted_subjects]', ['8:7 conflict auth.trusted_subjects'], /neither `allow` nor `deny`/],
  [
    `[auth]\nsasl_external = ["auth_id", "standard"]\n${serialRule}`,
    ['9:17 conflict auth.sasl_external', '9:17 anyone-as-anyone auth.sasl_external'],
    /never asked: standard, rule:#1/,
  ],
  ['sasl_external = ["auth_id"]', ['8:17 anyone-as-anyone listen.c2s.sasl_external'], /trusts the client's word/],
  [
    'trusted_subjects.allow = ["CN=a"]\ntls.verify_mode = "selfsigned_peer"',
    ['9:19 anyone-as-anyone listen.c2s.tls.verify_mode', '9:19 conflict listen.c2s.tls.verify_mode'],
    /keeps nobody out/,
  ],
]

describe('oddities', () => {
  for (const [text, found, says] of oddities) {
    test(text.replaceAll('\n', ' '), () => {
      using folder = createFolder()
      const warnings = warningsOf(loadCheckedOptions(sourceIn(folder, goodConfig(text)), Date.now()))
      assert.deepEqual(warnings.map(short), found)
      if (found.length > 0)
        assert.ok(
          warnings.some(({ message }) => says.test(message)),
          JSON.stringify(warnings),
        )
    })
  }
})
