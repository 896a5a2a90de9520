/** `signet check`, run as it is: what it prints, and its exit code. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { runCheck } from '../../src/cli/check.ts'
import type { CliIo } from '../../src/cli/io.ts'
import { createFolder, type Folder, goodConfig, goodTls } from './support.ts'

interface Run {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function run(folder: Folder, args: readonly string[], io: Partial<CliIo> = {}): Promise<Run> {
  let out = ''
  let err = ''
  const code = await runCheck(args, {
    stdout: (text) => {
      out += text
    },
    stderr: (text) => {
      err += text
    },
    isTerminal: false,
    colour: false,
    columns: 80,
    env: {},
    cwd: folder.path,
    isInteractive: false,
    secret: async () => null,
    onSignal: () => () => undefined,
    ...io,
  })
  return { code, out, err }
}

describe('signet check', () => {
  test('a good file: what would run', async () => {
    using folder = createFolder()
    folder.write(
      'signet.toml',
      `${goodConfig('tls.mode = "starttls_required"\n')}[[listen.c2s]]\nip_address = "::1"\nport = 5223\n${goodTls}tls.mode = "tls"\ntls.versions = ["tlsv1.3"]\ntls.disconnect_on_failure = false\n[auth]\nsasl_external = ["standard", "common_name"]\nsasl_external_common_name.prefix = "staff-"\n`,
    )
    const { code, out, err } = await run(folder, ['--config', 'signet.toml'])
    assert.equal(err, '')
    assert.equal(
      out,
      `ok: signet.toml (no warnings)

  domains     localhost (default)
  listen      c2s 0.0.0.0:5222, STARTTLS required, TLS 1.2 and TLS 1.3
              certificate server.pem
              trusts clients with a certificate from ca.pem; anyone else is disconnected
  listen      c2s [::1]:5223, direct TLS, TLS 1.3
              certificate server.pem
              trusts clients with a certificate from ca.pem; anyone else is not offered EXTERNAL
  identity    standard, then common_name as staff-CN
  backends    pki
  mechanisms  EXTERNAL
  sessions    local, kept in signet.sqlite
  log         info
`,
    )
    assert.equal(code, 0)
  })

  test('ports for HTTP: what answers where', async () => {
    using folder = createFolder()
    folder.write(
      'signet.toml',
      `[general]\nhosts = ["localhost"]\n[[listen.http]]\n${goodTls}[[listen.http.handlers.mongoose_websocket_handler]]\n[[listen.http.handlers.signet_chat_handler]]\nhost = "localhost"\n[[listen.http]]\nip_address = "127.0.0.1"\nport = 8080\n[[listen.http.handlers.signet_metrics_handler]]\n`,
    )
    const { code, out } = await run(folder, ['--config', 'signet.toml'])
    assert.equal(code, 0)
    assert.ok(
      out.includes(`
  listen      http 0.0.0.0:5285, HTTPS, TLS 1.2 and TLS 1.3
              any host /ws-xmpp  mongoose_websocket_handler
              localhost /  signet_chat_handler
              certificate server.pem
              trusts clients with a certificate from ca.pem; anyone else is disconnected
  listen      http 127.0.0.1:8080, HTTP in clear, for this machine only
              any host /metrics  signet_metrics_handler
              clients are not asked for a certificate
`),
      out,
    )
  })

  test('what a listener and a host have of their own', async () => {
    using folder = createFolder()
    const own = 'certificate_policy = "enable"\nsasl_external = ["common_name"]\ntrusted_issuers.deny = ["CN=x"]\n'
    const host = '[[host_config]]\nhost = "localhost"\ncertificate_policy = "mandatory"\n'
    const auth = '[host_config.auth]\nmethods = ["pki"]\nsasl_external = ["standard"]\n'
    folder.write('signet.toml', `${goodConfig(own)}${host}${auth}`)
    const { code, out } = await run(folder, ['--config', 'signet.toml'])
    assert.equal(code, 0, out)
    for (const line of [
      'from ca.pem; with a bad one a client is disconnected, with none it has the other mechanisms',
      'identity rules here: common_name',
      'names of certificates: trusted_issuers',
      'localhost has its own: certificate_policy mandatory; backends pki; identity standard',
    ])
      assert.ok(out.includes(`${line}\n`), line)
  })

  test('mechanisms that a backend judges, and the policy admits', async () => {
    using folder = createFolder()
    const directory = '[auth.ldap]\nbase = "dc=x"\n[outgoing_pools.ldap.default.connection]\nservers = ["localhost"]\n'
    folder.write('signet.toml', `${goodConfig()}${directory}`)
    const { out } = await run(folder, ['--config', 'signet.toml'])
    assert.ok(out.includes('\n  mechanisms  EXTERNAL\n'), out)
    const bind = '[outgoing_pools.ldap.bind.connection]\nservers = ["localhost"]\n'
    folder.write('signet.toml', `${goodConfig()}${directory}${bind}`)
    const { out: withPasswords } = await run(folder, ['--config', 'signet.toml'])
    assert.ok(withPasswords.includes('\n  mechanisms  EXTERNAL, PLAIN\n'), withPasswords)
  })

  test('mechanisms by port and host, where that makes a difference', async () => {
    using folder = createFolder()
    const database = '[outgoing_pools.rdbms.default.connection]\ndriver = "sqlite"\ndatabase = "x.sqlite"\n'
    const auth = '[auth]\nmethods = ["pki", "rdbms"]\nsasl_mechanisms = ["external", "plain"]\n'
    const second = `[[listen.c2s]]\nport = 5223\n${goodTls}certificate_policy = "mandatory"\n`
    const host = '[[host_config]]\nhost = "example.org"\n[host_config.auth]\nmethods = ["pki"]\n'
    const hosts = goodConfig().replace('["localhost"]', '["localhost", "example.org", "example.net"]')
    folder.write('signet.toml', `${hosts}${second}${auth}${database}${host}`)
    const { out } = await run(folder, ['--config', 'signet.toml'])
    assert.ok(
      out.includes(`
  mechanisms  c2s 0.0.0.0:5222, localhost, example.net: EXTERNAL, PLAIN
              c2s 0.0.0.0:5222, example.org: EXTERNAL
              c2s 0.0.0.0:5223: EXTERNAL
              example.org has its own`),
      out,
    )
  })

  test('a file named in full is shown in full, and so is what it names', async () => {
    using folder = createFolder()
    const file = folder.write('signet.toml', goodConfig())
    const { code, out } = await run(folder, ['--config', file])
    assert.equal(code, 0)
    assert.ok(out.startsWith(`ok: ${file} (no warnings)`))
    assert.ok(out.includes(`certificate ${join(folder.path, 'server.pem')}\n`))
  })

  test('a file that is not there is missed once', async () => {
    using folder = createFolder()
    folder.write(
      'signet.toml',
      goodConfig().replaceAll('"server.pem"', '"gone.pem"').replaceAll('"ca.pem"', '"gone.pem"'),
    )
    const { code, out } = await run(folder, ['--config', 'signet.toml'])
    assert.equal(code, 78)
    assert.deepEqual(
      out
        .split('\n')
        .map((line) => /error: (\S+): (?:the file|holds)/.exec(line)?.[1])
        .filter((name) => name !== undefined),
      ['listen.c2s.tls.certfile', 'listen.c2s.tls.cacertfile'],
    )
  })

  test('a bad file: every problem and exit code 78', async () => {
    using folder = createFolder()
    folder.write('signet.toml', goodConfig('tls.mode = "startls"\nbacklog = 0\ntls.verify_peer = true\n'))
    const { code, out } = await run(folder, ['-c', 'signet.toml'])
    const file = 'signet.toml'
    assert.equal(
      out,
      `${file}:8:12: error: listen.c2s.tls.mode: must be one of "tls", "starttls", "starttls_required", not "startls"; did you mean "starttls"?
${file}:9:11: error: listen.c2s.backlog: must be a whole number from 1 to 65535 (connections), not 0
${file}:10:5: warning: listen.c2s.tls.verify_peer: is an older spelling; today it is \`verify_mode = "peer"\` with \`disconnect_on_failure = false\`

refused: 2 errors, 1 warning
`,
    )
    assert.equal(code, 78)
  })

  test('on a terminal with the source line, and in colour where that is wanted', async () => {
    using folder = createFolder()
    folder.write('signet.toml', goodConfig('tls.mode = "startls"\n'))
    const dull = await run(folder, ['-c', 'signet.toml'], { isTerminal: true })
    assert.match(dull.out, /\n {2}8 \| tls\.mode = "startls"\n {4}\| {12}\^\n/)
    assert.ok(!dull.out.includes('\u001b'))
    const bright = await run(folder, ['-c', 'signet.toml'], { isTerminal: true, colour: true })
    assert.ok(bright.out.includes('\u001b[31merror:\u001b[0m'))
  })

  test('warnings alone are no reason to refuse', async () => {
    using folder = createFolder()
    folder.write('signet.toml', goodConfig('tls.verify_mode = "selfsigned_peer"\n'))
    const { code, out } = await run(folder, ['-c', 'signet.toml'])
    assert.match(out, /warning: listen\.c2s\.tls\.verify_mode: .*log in as anyone/)
    assert.match(out, /\nok: .* \(1 warning\)\n/)
    assert.match(out, /trusts any self-signed certificate and those from /)
    assert.equal(code, 0)
  })

  test('--json for machines, without passwords', async () => {
    using folder = createFolder()
    folder.write('signet.toml', goodConfig('tls.password = "hunter2"\n'))
    const good = await run(folder, ['-c', 'signet.toml', '--json'])
    const report = JSON.parse(good.out)
    assert.equal(good.code, 0)
    assert.equal(report.ok, true)
    assert.equal(report.options.c2s[0].tls.identity.password, '(set)')
    assert.ok(!good.out.includes('hunter2'))
    folder.write('signet.toml', goodConfig('backlog = 0\n'))
    const bad = await run(folder, ['-c', 'signet.toml', '--json'])
    assert.equal(bad.code, 78)
    const { problems, options } = JSON.parse(bad.out)
    assert.equal(options, null)
    assert.deepEqual(problems, [
      {
        severity: 'error',
        file: 'signet.toml',
        path: 'listen.c2s.backlog',
        line: 8,
        column: 11,
        message: 'must be a whole number from 1 to 65535 (connections), not 0',
        rule: 'bad-value',
        excerpt: { text: 'backlog = 0', column: 11 },
      },
    ])
  })

  for (const args of [[], ['--config'], ['--nonsense'], ['-c', 'signet.toml', 'more']]) {
    test(`usage: ${args.join(' ')}`, async () => {
      using folder = createFolder()
      const { code, err } = await run(folder, args)
      assert.equal(code, 64)
      assert.match(err, /^signet check: /)
    })
  }
})
