/** The README says what is so: its screens are what the commands print, its commands and links exist, its configuration loads. */

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { ensureDemoCertificates } from '../../src/cli/demo-certificates.ts'
import { demoScreen } from '../../src/cli/demo-screen.ts'
import { runExplain } from '../../src/cli/explain.ts'
import { loadOptions } from '../../src/options.ts'
import { createFakeIo } from '../cli/fake-io.ts'
import { temporaryDirectory } from '../development-pki/openssl.ts'

const root = dirname(dirname(import.meta.dirname))
const readText = (path: string): Promise<string> => readFile(join(root, path), 'utf8')
const readme = await readText('README.md')

/** The fenced block behind the comment `<!-- name -->`. */
function block(name: string): string {
  const [, text] = new RegExp(`<!-- ${name} -->\n\`\`\`[a-z]+\n([^]*?)\`\`\`\n`).exec(readme) ?? []
  assert.ok(text !== undefined, name)
  return text
}

test('the screen is the demo’s', async () => {
  const { version } = JSON.parse(await readText('package.json'))
  const certificates = { directory: join(root, 'certs'), made: ['ca.pem'], expires: new Date('2027-11-22T12:00:00Z') }
  const io = { colour: false, cwd: root, env: { npm_lifecycle_event: 'start' } }
  assert.equal(block('screen'), demoScreen({ version, port: 5222, tlsPort: 5223, httpsPort: 5443, certificates }, io))
})

test('what explain says is what explain says', async (t) => {
  const directory = await temporaryDirectory(t)
  await ensureDemoCertificates(join(directory, 'certs'), new Date())
  const fake = createFakeIo(directory)
  const [command = '', ...expected] = block('explain').split('\n')
  const [, args = ''] = /^\$ npm run signet -- explain (.*) --config config\/demo\.toml$/.exec(command) ?? []
  await mkdir(join(directory, 'config'))
  await copyFile(join(root, 'config/demo.toml'), join(directory, 'config/demo.toml'))
  assert.equal(await runExplain([...args.split(' '), '--config', 'config/demo.toml'], fake.io), 1)
  const said = fake.out()
  assert.equal(said.slice(said.indexOf('\nNames')), expected.join('\n'))
})

test('the shortest configuration is one', async (t) => {
  const directory = await temporaryDirectory(t)
  await ensureDemoCertificates(directory, new Date())
  const loaded = loadOptions({ path: join(directory, 'signet.toml'), text: block('configuration') })
  assert.ok(loaded.ok, JSON.stringify(loaded))
  assert.deepEqual(loaded.value.warnings, [])
  assert.deepEqual(loaded.value.options.general.hosts, ['example.org'])
})

const pages = ['README.md', 'docs/README.md', 'certs/README.md', 'CHANGELOG.md', 'docs/reasons.md', 'docs/running.md']

test('commands that the pages name are scripts of package.json', async () => {
  const { scripts } = JSON.parse(await readText('package.json'))
  for (const page of pages) {
    const text = await readText(page)
    for (const [, name = ''] of text.matchAll(/npm (?:run )?(?<=run |npm (?=start|test))([a-z]+)/g)) {
      assert.ok(Object.hasOwn(scripts, name), `${page}: npm ${name}`)
    }
  }
})

test('links lead to files of the project', async () => {
  for (const page of pages) {
    const text = await readText(page)
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      assert.ok(existsSync(join(root, dirname(page), target)), `${page}: ${target}`)
    }
  }
})
