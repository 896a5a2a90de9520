/** A program that embeds a server reads metrics and health without any HTTP. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createServer, type ServerConfig } from '../../src/index.ts'
import { certificateFolder } from '../library/programs.ts'
import { readSamples, samplesOf } from './exposition.ts'

const tls = { mode: 'tls', certfile: 'server.pem', keyfile: 'server.key', cacertfile: 'ca.pem' } as const
const config = { listen: { c2s: [{ ip_address: '127.0.0.1', port: 0, tls }] } } as const satisfies ServerConfig

test('a server tells what it has counted, and how it is', async (t) => {
  const server = createServer({ config, directory: await certificateFolder(t) })
  t.after(() => server.stop())
  assert.equal(await server.metrics(), '')
  const down = { status: 'failing', problems: ['the server is not in service'] }
  assert.deepEqual(server.health(), down)
  await server.start()
  assert.deepEqual(server.health(), { status: 'ok', problems: [] })
  await server.reload()
  await assert.rejects(server.reload({ ...config, general: { hosts: [] } }), { code: 'configuration-refused' })
  const samples = readSamples(await server.metrics())
  assert.deepEqual(samplesOf(samples, 'signet_config_reads_total'), { '{result="done"}': 2, '{result="refused"}': 1 })
  const loadedAt = samples.get('signet_config_loaded_timestamp_seconds') ?? 0
  assert.ok(Math.abs(loadedAt - Date.now() / 1000) < 30, `${loadedAt}`)
  await server.stop()
  assert.deepEqual(server.health(), down)
})
