/** `signet user`: accounts from the command line, in a process and out of one. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, test } from 'node:test'
import { runCli } from '../../src/cli/cli.ts'
import { createSecretReader } from '../../src/cli/secret.ts'
import { createFolder, type Folder, goodTls } from '../config/support.ts'
import { createFakeIo } from './fake-io.ts'

const pool = '[outgoing_pools.rdbms.default.connection]\ndriver = "sqlite"\ndatabase = "accounts.sqlite"\n'
const config = `[general]\nhosts = ["localhost", "example.org"]\n[[listen.c2s]]\n${goodTls}[auth]\nmethods = ["rdbms"]\npassword.scram_iterations = 4096\n${pool}`

function createSite(text = config): Folder {
  const folder = createFolder()
  folder.write('signet.toml', text)
  return folder
}

/** Runs the command with these answers; gives exit code and output. */
async function run(folder: Folder, args: readonly string[], answers: readonly string[] = [], isInteractive = false) {
  const asked: string[] = []
  const left = [...answers]
  const fake = createFakeIo(folder.path, {
    isInteractive,
    secret: async (question) => {
      asked.push(question)
      return left.shift() ?? null
    },
  })
  const code = await runCli(['user', ...args, '--config', 'signet.toml'], fake.io)
  return { code, out: fake.out(), err: fake.err(), asked }
}

describe('signet user', () => {
  test('an account from its beginning to its end', async () => {
    using folder = createSite()
    assert.deepEqual(await run(folder, ['add', 'Alice@LOCALHOST'], ['secret']), {
      ...{ code: 0, out: 'alice@localhost added\n', err: '', asked: ['Password for alice@localhost: '] },
    })
    assert.equal(statSync(join(folder.path, 'accounts.sqlite')).mode & 0o777, 0o600)
    assert.ok(!readFileSync(join(folder.path, 'accounts.sqlite')).includes('secret'))
    const twice = await run(folder, ['add', 'alice@localhost'], ['other'])
    assert.deepEqual([twice.code, twice.asked], [1, []])
    assert.match(twice.err, /alice@localhost is there already/)
    assert.equal((await run(folder, ['add', 'bob@example.org'], ['x'])).code, 0)
    assert.equal((await run(folder, ['list'])).out, 'alice@localhost\nbob@example.org\n')
    for (const domain of ['example.org', 'EXAMPLE.org', 'example.org.']) {
      assert.equal((await run(folder, ['list', domain])).out, 'bob@example.org\n', domain)
    }
    const changed = await run(folder, ['passwd', 'alice@localhost'], ['new', 'new'], true)
    assert.deepEqual([changed.code, changed.asked], [0, ['Password for alice@localhost: ', 'Once more: ']])
    assert.equal((await run(folder, ['del', 'alice@localhost'])).out, 'alice@localhost removed\n')
    assert.equal((await run(folder, ['list', 'localhost'])).out, '')
  })

  const refused: readonly (readonly [string, readonly string[], readonly string[], boolean, number, RegExp])[] = [
    ['nobody to change', ['passwd', 'alice@localhost'], ['x'], false, 1, /there is no account alice@localhost/],
    ['nobody to remove', ['del', 'alice@localhost'], [], false, 1, /there is no account alice@localhost/],
    ['no password', ['add', 'alice@localhost'], [], false, 64, /no password was given/],
    ['an empty password', ['add', 'alice@localhost'], [''], false, 64, /no password was given/],
    ['two passwords', ['add', 'alice@localhost'], ['a', 'b'], true, 64, /the two are not the same/],
    ['a password that is none', ['add', 'alice@localhost'], ['a\u0007b'], false, 64, /cannot be a password/],
    ['another domain', ['add', 'alice@elsewhere.example'], ['x'], false, 64, /elsewhere\.example is not served/],
    ['a list of another domain', ['list', 'Elsewhere.example'], [], false, 64, /: elsewhere\.example is not served/],
    ['a list of no domain', ['list', 'a b'], [], false, 64, /: a b is no domain: it is not a domain name$/m],
    ['no JID', ['add', 'a b@localhost'], ['x'], false, 64, /is no JID/],
    ['a full JID', ['add', 'alice@localhost/x'], ['x'], false, 64, /not of the form user@domain/],
    ['no name', ['add'], ['x'], false, 64, /^signet user: usage: /],
    ['no such verb', ['rename', 'alice@localhost'], ['x'], false, 64, /^signet user: usage: /],
    ['a password among the arguments', ['add', 'alice@localhost', 'secret'], [], false, 64, /^signet user: usage: /],
    ['a password as an option', ['add', 'alice@localhost', '--password', 'x'], [], false, 64, /--password/],
  ]
  for (const [what, args, answers, isInteractive, code, message] of refused) {
    test(`refused: ${what}`, async () => {
      using folder = createSite()
      const result = await run(folder, args, answers, isInteractive)
      assert.equal(result.code, code)
      assert.match(result.err, message)
      assert.equal(result.out, '')
    })
  }

  test('without a pool there is nothing to do, and a database that is gone is said to be', async () => {
    using none = createSite(config.replace(pool, '').replace('"rdbms"', '"pki"'))
    const without = await run(none, ['list'])
    assert.deepEqual([without.code, /no `\[outgoing_pools/.test(without.err)], [78, true])
    using gone = createSite(config.replace('accounts.sqlite', 'nowhere/accounts.sqlite'))
    const lost = await run(gone, ['list'])
    const folder = join(gone.path, 'nowhere')
    assert.deepEqual([lost.code, lost.err], [69, `signet user: the database: the folder ${folder} does not exist\n`])
    using other = createSite()
    const path = other.write('accounts.sqlite', 'roster\n'.repeat(100))
    const strange = await run(other, ['list'])
    assert.deepEqual([strange.code, strange.err], [69, `signet user: the database: ${path}: file is not a database\n`])
  })

  test('as a process, with the password on standard input', async () => {
    using folder = createSite()
    const main = new URL('../../src/main.ts', import.meta.url).pathname
    const child = spawn(process.execPath, [main, 'user', 'add', 'alice@localhost', '-c', 'signet.toml'], {
      cwd: folder.path,
    })
    const said: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => said.push(chunk))
    child.stdin.end('secret\nsomething else\n')
    const code = await new Promise((resolve) => child.once('close', resolve))
    assert.equal(code, 0)
    assert.equal(Buffer.concat(said).toString(), 'alice@localhost added\n')
  })
})

test('lines of standard input come one by one', async () => {
  const input = new PassThrough()
  const read = createSecretReader({ input, prompt: () => assert.fail('nobody is there to be asked') })
  input.write('one\r\ntw')
  assert.equal(await read('?'), 'one')
  const second = read('?')
  input.end('o')
  assert.equal(await second, 'two')
})

test('at a terminal nothing is echoed, ^H erases and ^C gives up', async () => {
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    raw: [] as boolean[],
    setRawMode: (on: boolean) => raw(on),
  })
  const raw = (on: boolean) => {
    input.raw.push(on)
    return input as never
  }
  const shown: string[] = []
  const read = createSecretReader({ input, prompt: (text) => void shown.push(text) })
  const first = read('Password: ')
  input.write('sekr\u007f\u007fcret\r')
  assert.equal(await first, 'secret')
  const second = read('Once more: ')
  input.write('x\u0003')
  assert.equal(await second, null)
  assert.equal(shown.join(''), 'Password: \nOnce more: \n')
  assert.deepEqual(input.raw, [true, false, true, false])
})
