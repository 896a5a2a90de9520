/** How problems are written: placed, with a hint and the source line, and never with a password. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { showable } from '../../src/config/findings.ts'
import { editDistance, nearest } from '../../src/config/nearest.ts'
import { createLocator } from '../../src/config/position.ts'
import { type ConfigProblem, formatProblem } from '../../src/config/problem.ts'
import { createFolder, errorsOf, goodConfig, loadIn } from './support.ts'

const problem: ConfigProblem = {
  severity: 'error',
  file: 'signet.toml',
  path: 'listen.c2s.tls.mode',
  line: 12,
  column: 8,
  message: 'must be one of "tls", "starttls", "starttls_required", not "startls"',
  rule: 'bad-value',
  suggestion: '"starttls"',
  excerpt: { text: '\tmode = "startls"', column: 9 },
}

describe('formatProblem', () => {
  test('one line without a terminal', () => {
    assert.equal(
      formatProblem(problem),
      'signet.toml:12:8: error: listen.c2s.tls.mode: must be one of "tls", "starttls", "starttls_required", not "startls"; did you mean "starttls"?',
    )
  })

  test('with the source line, the caret stands under the value, tabs included', () => {
    const [, source, caret] = formatProblem(problem, { excerpt: true, colour: false }).split('\n')
    assert.equal(source, '  12 | \tmode = "startls"')
    assert.equal(caret, '     | \t       ^')
  })

  test('colour only when asked for', () => {
    assert.ok(!formatProblem(problem, { excerpt: true, colour: false }).includes('\u001b'))
    assert.ok(formatProblem(problem, { excerpt: true, colour: true }).includes('\u001b[31merror:\u001b[0m'))
  })

  test('the whole file has no option name', () => {
    const { suggestion: _, excerpt: __, ...bare } = { ...problem, path: '', message: 'does not exist' }
    assert.equal(formatProblem(bare), 'signet.toml:12:8: error: does not exist')
  })
})

test('who wants metrics is told where they are', () => {
  using folder = createFolder()
  const found = errorsOf(loadIn(folder, `${goodConfig()}[instrumentation.prometheus]\n`))
  const where = '`signet_metrics_handler` of a `[[listen.http]]` (docs/metrics.md)'
  assert.deepEqual(
    found.map(({ path, message }) => `${path}: ${message}`),
    [`instrumentation: this release of Signet has no section of this name: metrics are served by ${where}; remove it`],
  )
})

describe('passwords are in no message', () => {
  const secret = 'hunter2-Zebra'
  const leaks: readonly string[] = [
    `tls.password = 5\ntls.sni = [{ host = "a b", certfile = "server.pem", password = "${secret}" }]\n`,
    `tls.password = ["${secret}"]\n`,
    `tls.pasword = "${secret}"\n`,
    `tls.kennwort = "${secret}"\n`,
    `password = "${secret}"\n`,
    `tls.keypass = '${secret}'\n`,
    `tls.sni = [{ host = "${'x'.repeat(300)}", kennwort = "${secret}" }]\n`,
    `tls.password = "${secret}\n`,
    `tls.password = """\n${secret}"""x\n`,
    `tls.password = "${secret}" x\n`,
    `tls.kennwort = "a" "${secret}"\n`,
  ]
  for (const lines of leaks) {
    test(lines.trimEnd().replaceAll('\n', '⏎'), () => {
      using folder = createFolder()
      const found = errorsOf(loadIn(folder, goodConfig(lines)))
      assert.notEqual(found.length, 0)
      const written = found.map((one) => formatProblem(one, { excerpt: true, colour: true })).join('\n')
      assert.ok(!written.includes(secret), written)
      assert.ok(!JSON.stringify(found).includes(secret))
    })
  }
})

describe('showable', () => {
  const rows: readonly (readonly [string, number, string | null, number?])[] = [
    ['mode = "startls"', 8, 'mode = "startls"', 8],
    ['mode = "startls" # was "tls"', 8, 'mode = "startls" # was "…"', 8],
    ['a = ["xyz", "yyyyyyy"]', 13, 'a = ["…", "yyyyyyy"]', 11],
    ["a = 'one', b = 'two'", 12, "a = '…', b = '…'", 10],
    ['a = "not ended', 1, 'a = "…"', 1],
    ['tls.password = "x"', 1, null],
    ['api_token = "x"', 1, null],
    ['# a comment', 1, null],
    ['', 1, null],
  ]
  for (const [line, column, text, shownAt] of rows) {
    test(JSON.stringify(line), () => {
      const shown = text === null ? null : { text, column: shownAt }
      assert.deepEqual(showable(line, column, column), shown)
    })
  }
})

describe('nearest', () => {
  const words = ['certfile', 'keyfile', 'cacertfile', 'ip_address', 'max_stanza_size', 'tls', 'mode']
  const rows: readonly (readonly [string, string | null])[] = [
    ['certfle', 'certfile'],
    ['CertFile', 'certfile'],
    ['keyflie', 'keyfile'],
    ['cacert_file', 'cacertfile'],
    ['max-stanza-size', 'max_stanza_size'],
    ['address', 'ip_address'],
    ['tsl', 'tls'],
    ['x', null],
    ['weather', null],
    ['', null],
    ['q'.repeat(100_000), null],
  ]
  for (const [word, meant] of rows) {
    test(word.slice(0, 20), () => assert.equal(nearest(word, words), meant))
  }

  test('edits are counted, a swap of neighbours as one', () => {
    assert.equal(editDistance('', 'abc'), 3)
    assert.equal(editDistance('abc', 'abc'), 0)
    assert.equal(editDistance('abc', 'acb'), 1)
    assert.equal(editDistance('kitten', 'sitting'), 3)
  })
})

describe('createLocator', () => {
  const locate = createLocator('[a.b]\n  c.d = 1\n  "e f" = { g = [1, 2] }\n[[h]]\n[[h]]\n  i = 3\n  [h.j]\n  k = 4\n')
  const rows: readonly (readonly [readonly (string | number)[], 'key' | 'value', string])[] = [
    [['a', 'b', 'c', 'd'], 'key', '2:5'],
    [['a', 'b', 'c', 'd'], 'value', '2:9'],
    [['a', 'b', 'e f', 'g', 1], 'value', '3:21'],
    [['a', 'b', 'e f', 'g'], 'key', '3:13'],
    [['h', 1, 'i'], 'key', '6:3'],
    [['h', 1, 'j', 'k'], 'value', '8:7'],
    [['h', 1, 'missing'], 'value', '5:3'],
    [['a', 'b', 0, 'c', 'd'], 'key', '2:5'],
    [['nothing'], 'value', '1:1'],
    [[], 'key', '1:1'],
  ]
  for (const [path, pointing, expected] of rows) {
    test(`${path.join('.')} (${pointing})`, () => {
      const { line, column } = locate(path, pointing)
      assert.equal(`${line}:${column}`, expected)
    })
  }
})
