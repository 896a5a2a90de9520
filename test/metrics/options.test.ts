/** The options of the three handlers: what is refused and in which words, and that the page's example loads. */

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { loopbackRanges } from '../../src/listener/https/metrics-options.ts'
import { createFolder, errorsOf, loadIn, short } from '../config/support.ts'

const head = '[general]\nhosts = ["localhost"]\n[[listen.http]]\nip_address = "127.0.0.1"\n'
const metrics = `${head}[[listen.http.handlers.signet_metrics_handler]]\n`
const hostMeta = `${head}[[listen.http.handlers.signet_host_meta_handler]]\n`

interface Wrong {
  readonly name: string
  readonly text: string
  readonly error: string
  readonly says: RegExp
}

const wrong: readonly Wrong[] = [
  {
    name: 'an address that is none',
    text: `${metrics}allowed_addresses = ["10.0.0.0/8", "localhost"]`,
    error: '6:36 bad-value listen.http.handlers.signet_metrics_handler.allowed_addresses',
    says: /is no IP address/,
  },
  {
    name: 'a range with bits behind its prefix',
    text: `${metrics}allowed_addresses = ["10.1.2.3/8"]`,
    error: '6:22 bad-value listen.http.handlers.signet_metrics_handler.allowed_addresses',
    says: /10\.0\.0\.0\/8/,
  },
  {
    name: 'nobody at all',
    text: `${metrics}allowed_addresses = []`,
    error: '6:21 bad-value listen.http.handlers.signet_metrics_handler.allowed_addresses',
    says: /at least one IP address/,
  },
  {
    name: 'a token that can be guessed, which is not repeated',
    text: `${metrics}bearer_token = "guess-me"`,
    error: '6:16 bad-value listen.http.handlers.signet_metrics_handler.bearer_token',
    says: /^(?!.*guess-me).*at least 16/s,
  },
  {
    name: 'a public URL of the wrong scheme',
    text: `${hostMeta}public_url = "wss://chat.example.org"`,
    error: '6:14 bad-value listen.http.handlers.signet_host_meta_handler.public_url',
    says: /without user, query and fragment/,
  },
]

describe('refused', () => {
  for (const { name, text, error, says } of wrong) {
    test(name, () => {
      using folder = createFolder()
      const problems = errorsOf(loadIn(folder, text))
      assert.deepEqual(problems.map(short), [error])
      const [problem] = problems
      assert.match(`${problem?.message} ${problem?.suggestion ?? ''}`, says)
    })
  }
})

test('the example of the page loads, and its metrics are for this machine', async () => {
  using folder = createFolder()
  const page = await readFile(new URL('../../docs/metrics.md', import.meta.url), 'utf8')
  const [, example = ''] = /<!-- example -->\n```toml\n([\s\S]*?)```/.exec(page) ?? []
  const result = loadIn(folder, `[general]\nhosts = ["localhost"]\n${example}`)
  assert.deepEqual(errorsOf(result).map(short), [])
  const handlers = result.ok ? (result.value.options.http[0]?.handlers ?? []) : []
  assert.deepEqual(handlers.map(({ name, place }) => `${name} ${place.path}`).sort(), [
    'signet_health_handler /health',
    'signet_metrics_handler /metrics',
  ])
  const found = handlers.find(({ name }) => name === 'signet_metrics_handler')
  assert.deepEqual(found?.name === 'signet_metrics_handler' && found.options, {
    addresses: loopbackRanges,
    bearerToken: null,
  })
})
