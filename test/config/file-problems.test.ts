/** Everything that can be wrong in a file as a whole, and several things at once. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createFolder, errorsOf, goodConfig, goodTls, loadIn, short } from './support.ts'

/** Whole files. */
const files: readonly { readonly name: string; readonly text: string; readonly errors: readonly string[] }[] = [
  { name: 'an empty file', text: '', errors: ['1:1 missing listen.c2s'] },
  { name: 'no TLS section', text: '[[listen.c2s]]\nport = 5222\n', errors: ['1:10 missing listen.c2s.tls'] },
  {
    name: 'no CA file with verify_mode peer',
    text: '[[listen.c2s]]\ntls.certfile = "server.pem"\ntls.keyfile = "server.key"\n',
    errors: ['2:1 missing listen.c2s.tls.cacertfile'],
  },
  {
    name: 'a file that is not there, once for each use',
    text: '[[listen.c2s]]\ntls.certfile = "a"\ntls.keyfile = "b"\ntls.cacertfile = "c"\n',
    errors: [
      '2:16 file-unreadable listen.c2s.tls.certfile',
      '3:15 file-unreadable listen.c2s.tls.keyfile',
      '4:18 file-unreadable listen.c2s.tls.cacertfile',
    ],
  },
  {
    name: 'hosts that no domain can have, and twice the same in another spelling',
    text: `[general]\nhosts = ["bad host", "Bücher.example", "xn--bcher-kva.example"]\n[[listen.c2s]]\n${goodTls}`,
    errors: ['2:10 bad-value general.hosts', '2:40 duplicate general.hosts'],
  },
  {
    name: 'no hosts',
    text: `[general]\nhosts = []\n[[listen.c2s]]\n${goodTls}`,
    errors: ['2:9 bad-value general.hosts'],
  },
  {
    name: 'a default domain that is not served',
    text: `[general]\nhosts = ["example.org"]\ndefault_server_domain = "exmple.org"\n[[listen.c2s]]\n${goodTls}`,
    errors: ['3:25 conflict general.default_server_domain'],
  },
  {
    name: 'two listeners on one port',
    text: `[general]\nhosts = ["localhost"]\n[[listen.c2s]]\n${goodTls}[[listen.c2s]]\nport = 5222\n${goodTls}`,
    errors: ['8:8 duplicate listen.c2s.port'],
  },
  {
    name: 'a method without its listener',
    text: `${goodConfig()}[auth]\nmethods = ["dummy"]\n`,
    errors: ['9:12 not-yet auth.methods'],
  },
  {
    name: 'no identity rule',
    text: `${goodConfig()}[auth]\nsasl_external = []\n`,
    errors: ['9:17 bad-value auth.sasl_external'],
  },
  {
    name: 'a prefix that no localpart can have',
    text: `${goodConfig()}[auth]\nsasl_external = ["common_name"]\nsasl_external_common_name.prefix = "user&"\n`,
    errors: ['10:36 bad-value auth.sasl_external_common_name.prefix'],
  },
  {
    name: 'an option in [auth.pki]',
    text: `${goodConfig()}[auth.pki]\nx = 1\n`,
    errors: ['9:1 unknown-key auth.pki.x'],
  },
  {
    name: 'sections that are values, values that are sections',
    text: 'general = 3\nlisten = [1]\n[auth.methods]\n',
    errors: ['1:11 bad-value general', '2:10 bad-value listen', '3:7 bad-value auth.methods'],
  },
  {
    name: 'a list of numbers for a list of sections',
    text: '[listen]\nc2s = [1]\n',
    errors: ['2:8 bad-value listen.c2s'],
  },
  {
    name: 'sections of features that are not there',
    text: `${goodConfig()}[modules.mod_roster]\n[shaper.normal]\n[acl]\n[access]\n[outgoing_pools.redis]\n[services.service_admin_extra]\n[s2s]\n[instrumentation]\n[internal_databases]\n`,
    errors: [
      '8:2 not-yet modules',
      '9:2 not-yet shaper',
      '10:2 not-yet acl',
      '11:2 not-yet access',
      '12:17 not-yet outgoing_pools.redis',
      '13:11 not-yet services.service_admin_extra',
      '14:2 not-yet s2s',
      '15:2 not-yet instrumentation',
      '16:2 not-yet internal_databases',
    ],
  },
  {
    name: 'a section with a typing error',
    text: `${goodConfig()}[sesion.local]\n`,
    errors: ['8:2 unknown-key sesion'],
  },
  { name: 'broken TOML', text: '[general]\nhosts = [1 2]\n', errors: ['2:12 syntax '] },
]

describe('problems of whole files', () => {
  for (const { name, text, errors } of files) {
    test(name, () => {
      using folder = createFolder()
      assert.deepEqual(errorsOf(loadIn(folder, text)).map(short), errors)
    })
  }

  test('all problems come out of one reading', () => {
    using folder = createFolder()
    const text = `[general]\nloglevel = "inof"\n[[listen.c2s]]\nport = 99999\ncertfle = "x"\n[listen.c2s.tls]\nmode = "startls"\ncertfile = "nope.pem"\n[auth]\nmethods = ["internal"]\n`
    assert.deepEqual(
      errorsOf(loadIn(folder, text)).map(short),
      [
        '2:12 bad-value general.loglevel',
        '4:8 bad-value listen.c2s.port',
        '5:1 unknown-key listen.c2s.certfle',
        '6:13 missing listen.c2s.tls.cacertfile',
        '8:12 file-unreadable listen.c2s.tls.certfile',
        '7:8 bad-value listen.c2s.tls.mode',
        '10:12 not-yet auth.methods',
      ].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)),
    )
  })

  test('a mistyped option is not reported as missing as well', () => {
    using folder = createFolder()
    const text = '[[listen.c2s]]\ntls.certfle = "server.pem"\ntls.keyfile = "server.key"\ntls.cacertfile = "ca.pem"\n'
    assert.deepEqual(errorsOf(loadIn(folder, text)).map(short), ['2:5 unknown-key listen.c2s.tls.certfle'])
  })
})
