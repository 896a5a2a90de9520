/** `[[host_config]]`: sections of a host replace the global ones, and what that silently changes is said. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authOf } from '../../src/in-force.ts'
import { loadOptions } from '../../src/options.ts'

const listener = `
[[listen.c2s]]
  tls.certfile = "/dev/null"
  tls.cacertfile = "/dev/null"
`
const load = (text: string) => loadOptions({ path: 'signet.toml', text })

function problemsOf(text: string): readonly string[] {
  const loaded = load(text)
  const all = loaded.ok ? loaded.value.warnings : [...loaded.error.problems, ...loaded.error.warnings]
  return all.map(({ severity, line, path, rule }) => `${line} ${severity} ${path} ${rule}`)
}

test("a host's auth takes the place of the global one, and the loss is named", () => {
  const text = `[general]
hosts = ["a.example", "b.example"]
[auth]
sasl_external = ["common_name"]
sasl_external_common_name.prefix = "u-"
[[host_config]]
host = "B.example"
[host_config.auth]
methods = ["pki"]
${listener}`
  const loaded = load(text)
  assert.ok(loaded.ok)
  const { options, warnings } = loaded.value
  assert.deepEqual(authOf(options, 'a.example').saslExternal, ['common_name'])
  assert.deepEqual(authOf(options, 'b.example').saslExternal, ['standard'])
  assert.deepEqual(
    warnings.map(({ line, path, rule }) => [line, path, rule]),
    [[8, 'host_config.auth', 'assumed']],
  )
  assert.match(
    warnings[0]?.message ?? '',
    /for b\.example as a whole, so `sasl_external`, `sasl_external_common_name`, set there, go back/,
  )
})

const faults: readonly [string, string, string][] = [
  ['a host that is not served', '[[host_config]]\nhost = "c.example"\n', '4 error host_config.host conflict'],
  ['no host at all', '[[host_config]]\ncertificate_policy = "enable"\n', '3 error host_config missing'],
  [
    'the same host twice',
    '[[host_config]]\nhost = "a.example"\n[[host_config]]\nhost = "a.example"\n',
    '6 error host_config.host duplicate',
  ],
  [
    'a word that is none',
    '[[host_config]]\nhost = "a.example"\ncertificate_policy = "always"\n',
    '5 error host_config.certificate_policy bad-value',
  ],
  [
    'a section that has no host form yet',
    '[[host_config]]\nhost = "a.example"\nmodules.mod_ping = {}\n',
    '5 error host_config.modules not-yet',
  ],
]

for (const [what, markup, expected] of faults) {
  test(`host_config: ${what} is refused`, () => {
    assert.deepEqual(problemsOf(`[general]\nhosts = ["a.example"]\n${markup}${listener}`), [expected])
  })
}

for (const policy of ['enable', 'mandatory']) {
  test(`certificate_policy = "${policy}" with verify_mode = "none" names both lines`, () => {
    const text = `[general]
hosts = ["a.example"]
[[listen.c2s]]
  certificate_policy = "${policy}"
  tls.certfile = "/dev/null"
  tls.verify_mode = "none"
`
    assert.deepEqual(problemsOf(text), [
      '4 error listen.c2s.certificate_policy conflict',
      '6 error listen.c2s.tls.verify_mode conflict',
    ])
  })
}

test('certificate_policy = "disable" asks for no certificate and needs no CA', () => {
  const loaded = load(
    '[general]\nhosts = ["a.example"]\n[[listen.c2s]]\n  certificate_policy = "disable"\n  tls.certfile = "/dev/null"\n',
  )
  assert.ok(loaded.ok)
  assert.equal(loaded.value.options.c2s[0]?.tls.verifyMode, 'none')
})
