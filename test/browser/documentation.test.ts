/** docs/browsers.md shows the very examples that the tests run, and a configuration that loads. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ensureDemoCertificates } from '../../src/cli/demo-certificates.ts'
import { loadOptions } from '../../src/options.ts'
import { temporaryDirectory } from '../development-pki/openssl.ts'

const docs = join(dirname(dirname(import.meta.dirname)), 'docs')
const page = readFileSync(join(docs, 'browsers.md'), 'utf8')

/** The fenced block behind the comment `<!-- name -->`. */
function block(name: string): string {
  const [, text] = new RegExp(`<!-- ${name} -->\n\`\`\`[a-z]+\n([^]*?)\`\`\`\n`).exec(page) ?? []
  assert.ok(text !== undefined, name)
  return text
}

for (const name of ['strophe.html', 'converse.html']) {
  test(`${name} stands in the page as it is run`, () => {
    assert.equal(block(name), readFileSync(join(docs, 'examples', 'browser', name), 'utf8'))
  })
}

/** Loads a configuration in a folder that has the files it names. */
async function load(t: TestContext, text: string) {
  const directory = await temporaryDirectory(t)
  await ensureDemoCertificates(directory, new Date())
  const loaded = loadOptions({ path: join(directory, 'signet.toml'), text })
  assert.ok(loaded.ok, JSON.stringify(loaded))
  assert.deepEqual(loaded.value.warnings, [])
  return loaded.value.options
}

test('the configuration of the page is one, without warnings', async (t) => {
  const { http } = await load(t, block('configuration'))
  assert.deepEqual(
    http.flatMap(({ handlers }) => handlers.map(({ name, place }) => [name, place.path])),
    [
      ['mongoose_websocket_handler', '/ws-xmpp'],
      ['mongoose_bosh_handler', '/http-bind'],
      ['signet_host_meta_handler', '/.well-known/host-meta'],
      ['signet_chat_handler', '/'],
    ],
  )
})

test('both kinds of users on one listener, and a listener that asks nobody, are configurations', async (t) => {
  const base = block('configuration')
  const blocks = [...page.matchAll(/```toml\n(.*?)```/gs)].map(([, text = '']) => text)
  const [passwords = '', extra = ''] = blocks.slice(-2)
  const pool = '[outgoing_pools.rdbms.default.connection]\ndriver = "sqlite"\ndatabase = "users.sqlite"\n'
  const { http, auth } = await load(t, [base.slice(0, base.indexOf('[auth]')), passwords, extra, pool].join('\n'))
  assert.deepEqual(
    http.map(({ tls }) => tls.verifyMode),
    ['peer', 'none'],
  )
  assert.deepEqual(auth.mechanisms, ['external', 'scram_sha256'])
})
