/** Configurations as operators of MongooseIM bring them: each older spelling is named, each error is an honest one. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { loadOptions } from '../../src/options.ts'
import { createFolder, errorsOf, loadIn, short, warningsOf } from './support.ts'

interface Tutorial {
  readonly name: string
  readonly errors: readonly string[]
  readonly warnings: readonly string[]
}

const tutorials: readonly Tutorial[] = [
  {
    name: 'certificate-only',
    errors: [
      '4:3 missing listen.c2s.tls.certfile',
      '4:20 file-unreadable listen.c2s.tls.cacertfile',
      '9:3 missing listen.http.tls.certfile',
      '9:20 file-unreadable listen.http.tls.cacertfile',
    ],
    warnings: [
      '1:1 assumed general.hosts',
      '2:9 dated-spelling listen.c2s',
      '5:7 dated-spelling listen.c2s.tls.verify_peer',
      '7:9 dated-spelling listen.http',
      '10:7 dated-spelling listen.http.tls.verify_peer',
      '12:26 dated-spelling listen.http.handlers.mod_bosh',
      '16:26 dated-spelling listen.http.handlers.mod_websockets',
      '21:3 dated-spelling auth.method',
    ],
  },
  {
    name: 'certificate-or-password',
    errors: [
      '4:3 missing listen.c2s.tls.certfile',
      '4:20 file-unreadable listen.c2s.tls.cacertfile',
      '8:13 conflict auth.methods',
    ],
    warnings: [
      '1:1 assumed general.hosts',
      '2:9 dated-spelling listen.c2s',
      '5:7 dated-spelling listen.c2s.tls.verify_peer',
    ],
  },
  {
    name: 'self-signed-c2s',
    errors: ['3:3 missing listen.c2s.tls.certfile', '5:20 file-unreadable listen.c2s.tls.cacertfile'],
    warnings: ['1:1 assumed general.hosts', '2:9 dated-spelling listen.c2s'],
  },
  {
    name: 'self-signed-http',
    errors: ['3:3 missing listen.http.tls.certfile', '4:20 file-unreadable listen.http.tls.cacertfile'],
    warnings: ['1:1 assumed general.hosts', '2:9 dated-spelling listen.http', '2:9 assumed listen.http'],
  },
]

const fileOf = (name: string): string => new URL(`tutorials/${name}.toml`, import.meta.url).pathname

describe('tutorial configurations of MongooseIM', () => {
  for (const { name, errors, warnings } of tutorials) {
    test(name, () => {
      const result = loadOptions(fileOf(name))
      assert.deepEqual(errorsOf(result).map(short), errors)
      assert.deepEqual(warningsOf(result).map(short), warnings)
    })
  }

  test('the missing server certificate says which option to add and how to make one', () => {
    const [problem] = errorsOf(loadOptions(fileOf('self-signed-c2s')))
    assert.match(problem?.message ?? '', /set `tls\.certfile`.*`tls\.keyfile`.*`signet demo`/)
  })

  test('older spellings are named with their form of today', () => {
    const messages = warningsOf(loadOptions(fileOf('certificate-only'))).map(({ message }) => message)
    assert.deepEqual(messages.slice(1), [
      'is written as a single table; today it is a list: `[[listen.c2s]]`',
      'is an older spelling; today it is `verify_mode = "peer"` with `disconnect_on_failure = false`',
      'is written as a single table; today it is a list: `[[listen.http]]`',
      'is an older spelling; today it is `verify_mode = "peer"` with `disconnect_on_failure = false`',
      'is an older spelling; today it is `mongoose_bosh_handler`',
      'is an older spelling; today it is `mongoose_websocket_handler`',
      'is an older spelling; today it is `methods`',
    ])
  })

  test('with a server certificate and a CA file the self-signed one loads, and means what it meant', () => {
    using folder = createFolder()
    const text = readFileSync(fileOf('self-signed-c2s'), 'utf8').replace(
      'tls.cacertfile',
      'tls.certfile = "server.pem"\n  tls.keyfile = "server.key"\n  tls.cacertfile',
    )
    const result = loadIn(folder, text)
    assert.deepEqual(errorsOf(result), [])
    assert.ok(result.ok)
    const [c2s] = result.value.options.c2s
    assert.equal(c2s?.name, 'c2s 0.0.0.0:5222')
    assert.equal(c2s?.tls.verifyMode, 'selfsigned_peer')
    assert.equal(c2s?.tls.disconnectOnFailure, false)
    assert.equal(c2s?.tls.identity !== null && c2s?.tls.mode, 'starttls')
    assert.deepEqual(result.value.options.auth.methods, ['pki'])
    assert.deepEqual(result.value.options.general.hosts, ['localhost'])
  })

  test('verify_peer = false asks for no certificate', () => {
    using folder = createFolder()
    const text = '[[listen.c2s]]\ntls.certfile = "server.pem"\ntls.keyfile = "server.key"\ntls.verify_peer = false\n'
    const result = loadIn(folder, text)
    assert.ok(result.ok)
    assert.equal(result.value.options.c2s[0]?.tls.verifyMode, 'none')
    assert.match(result.value.warnings.at(-1)?.message ?? '', /today it is `verify_mode = "none"`/)
  })
})
