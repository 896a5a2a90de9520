/** The example files are run, not only shown: each loads without an error once its certificates are there. */

import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { loadCheckedOptions } from '../../src/lint.ts'
import { loadOptions, readOptions, type SignetOptions } from '../../src/options.ts'
import type { TlsIdentityFiles } from '../../src/transport/tls-options.ts'
import { issueServer } from '../support/pki/certificate.ts'
import { dns } from '../support/pki/names.ts'
import { createFolder, errorsOf, type Folder, warningsOf } from './support.ts'

const config = new URL('../../config/', import.meta.url)

/** What each example is expected to be warned about; nothing unless listed. */
const warned: Readonly<Record<string, readonly string[]>> = {
  'self-signed-development.toml': ['anyone-as-anyone'],
}

function save(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text, { mode: 0o600 })
}

/** Makes the certificates and keys that the options name, inside of the folder. */
function makeFiles(options: SignetOptions, folder: Folder): void {
  const { hosts } = options.general
  const make = ({ certfile, keyfile, password }: TlsIdentityFiles, names: readonly string[]): void => {
    assert.ok(certfile.startsWith(folder.path) && keyfile.startsWith(folder.path))
    const server = issueServer(folder.authority, names.map(dns), 'server')
    const cipher = password === null ? {} : { cipher: 'aes-256-cbc', passphrase: password }
    const key = createPrivateKey(server.keyPem)
      .export({ type: 'pkcs8', format: 'pem', ...cipher })
      .toString()
    save(certfile, certfile === keyfile ? server.pem + key : server.pem)
    if (keyfile !== certfile) save(keyfile, key)
  }
  for (const { tls } of [...options.c2s, ...options.http]) {
    if (tls.identity !== null) {
      make(tls.identity, hosts)
      for (const entry of tls.sni) make(entry, [entry.host])
    }
    if (tls.cacertfile !== null) save(tls.cacertfile, folder.authority.pem)
  }
  const database = options.pools.rdbms?.connection
  const trusted = database?.driver === 'sqlite' ? null : database?.tls?.cacertfile
  if (typeof trusted === 'string') save(trusted, folder.authority.pem)
}

describe('config/*.toml', () => {
  const names = readdirSync(config).filter((name) => name.endsWith('.toml'))

  test('the examples of the documentation are there', () => {
    const expected = [
      'common-name.toml',
      'https.toml',
      'passwords.toml',
      'several-hosts.toml',
      'self-signed-development.toml',
      'signet.toml',
    ]
    assert.deepEqual(
      expected.filter((name) => !names.includes(name)),
      [],
    )
  })

  for (const name of names) {
    test(name, () => {
      using folder = createFolder()
      // One folder down, so that `../certs` stays inside of what is removed afterwards.
      const path = join(folder.path, 'config', name)
      const source = { path, text: readFileSync(new URL(name, config), 'utf8') }
      const { options } = readOptions(source)
      assert.ok(options !== null)
      makeFiles(options, folder)
      const result = loadCheckedOptions(source, Date.now())
      assert.deepEqual(errorsOf(result), [])
      assert.deepEqual([...new Set(warningsOf(result).map(({ rule }) => rule))], warned[name] ?? [])
    })
  }

  test('options that signet.toml shows commented out are defaults, and load', () => {
    using folder = createFolder()
    const text = readFileSync(new URL('signet.toml', config), 'utf8')
    const shown = text.replaceAll(/^( *)# ((?:tls\.)?[a-z_]+ = (?!"\.\.\.").*)$/gm, '$1$2')
    assert.ok(shown.split('\n').filter((line, index) => line !== text.split('\n')[index]).length >= 9)
    const path = join(folder.path, 'signet.toml')
    const [as, uncommented] = [text, shown].map((one) => loadOptions({ path, text: one }))
    assert.ok(as?.ok && uncommented?.ok)
    assert.deepEqual(uncommented.value, as.value)
  })
})
