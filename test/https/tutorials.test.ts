/** Both examples of MongooseIM's tutorial with a `[listen.http]`, run: logins by certificate over WebSocket and over BOSH. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createApp } from '../../src/app.ts'
import { loadOptions } from '../../src/options.ts'
import { createFolder, type Folder, sourceIn } from '../config/support.ts'
import { connectBosh } from '../support/bosh-client.ts'
import { type Certificate, issue, selfSigned } from '../support/pki/certificate.ts'
import { cn, xmppAddr } from '../support/pki/names.ts'
import { createRecordingLog } from '../support/recording-log.ts'
import type { StreamClient } from '../support/stream-client.ts'
import { connectWebSocket } from '../support/websocket-client.ts'
import { mechanismsOf } from '../support/xmpp-client.ts'

const domain = 'localhost'
const names = { subject: [cn('Alice')], san: [xmppAddr('alice@localhost')] }
const identity = 'tls.certfile = "server.pem"\n  tls.keyfile = "server.key"\n  tls.cacertfile'

interface Tutorial {
  readonly name: string
  readonly certificate: (folder: Folder) => Certificate
}

const tutorials: readonly Tutorial[] = [
  { name: 'certificate-only', certificate: ({ authority }) => issue(authority, names) },
  { name: 'self-signed-http', certificate: () => selfSigned(names) },
]

for (const { name, certificate } of tutorials) {
  test(name, async () => {
    using folder = createFolder()
    const written = readFileSync(new URL(`../config/tutorials/${name}.toml`, import.meta.url), 'utf8')
    const loaded = loadOptions(sourceIn(folder, written.replaceAll('tls.cacertfile', identity)))
    assert.ok(loaded.ok, JSON.stringify(loaded))
    const { options } = loaded.value
    const here = { port: 0, ipAddress: '127.0.0.1' }
    const log = createRecordingLog()
    const app = createApp({
      options: {
        ...options,
        c2s: options.c2s.map((one) => ({ ...one, ...here })),
        http: options.http.map((one) => ({ ...one, ...here })),
        session: { kind: 'local', database: join(folder.path, 's.sqlite') },
      },
      log,
    })
    const started = await app.start()
    assert.ok(started.ok)
    const port = started.value.find((address) => address.name.startsWith('http'))?.port ?? 0
    const { pem: cert, keyPem: key } = certificate(folder)
    const tls = { cert, key, ca: folder.authority.pem, servername: domain }
    try {
      const doors = {
        websocket: () => connectWebSocket({ port, path: '/ws-xmpp', tls }),
        bosh: () => connectBosh({ port, path: '/http-bind', tls }),
      } satisfies Record<string, () => Promise<StreamClient>>
      for (const [transport, open] of Object.entries(doors)) {
        const client: StreamClient = await open()
        assert.deepEqual(mechanismsOf(await client.open(domain)), ['EXTERNAL'])
        assert.equal((await client.auth('equals')).name, 'success')
        assert.match(await client.bind(domain), /^alice@localhost\//)
        const { fields } = await log.until('login_decision_made', (decision) => decision['transport'] === transport)
        assert.deepEqual(fields['outcome'], { kind: 'allow', jid: 'alice@localhost', via: 'standard' })
        client.destroy()
      }
    } finally {
      await app.stop()
    }
  })
}
