/** The kernel asks after idle clients on every port, so that one that has vanished does not stay online for good. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { httpsWith } from '../support/every-door.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { type Door, startServer } from '../support/server.ts'

/** The kernel's word for the timer of an idle connection that is asked after (Linux, Documentation/networking/proc_net_tcp.rst). */
const keepAliveTimer = '02'
/** The kernel counts here in hundredths of a second, whatever its clock. */
const userHz = 100

interface KernelTimer {
  readonly kind: string
  readonly seconds: number
}

/** The timer of the server's end of a connection. */
async function timerBehind(client: Socket): Promise<KernelTimer> {
  const hex = (port: number | undefined) => (port ?? 0).toString(16).toUpperCase().padStart(4, '0')
  const loopback = '0100007F'
  const wanted = `${loopback}:${hex(client.remotePort)} ${loopback}:${hex(client.localPort)} 01 `
  const rows = (await readFile('/proc/net/tcp', 'latin1')).split('\n').filter((row) => row.includes(wanted))
  assert.equal(rows.length, 1)
  const [kind = '', jiffies = ''] = rows[0]?.trim().split(/\s+/)[5]?.split(':') ?? []
  return { kind, seconds: Number.parseInt(jiffies, 16) / userHz }
}

test('every accepted connection is asked after when it was silent for four minutes', async (t) => {
  const https = httpsWith()
  await using server = await startServer({ catalogue: createCatalogue('signet.example'), https })
  const ports: readonly (Door | 'https')[] = ['starttls', 'direct', 'https']
  for (const door of ports) {
    await t.test(door, async () => {
      const client = connect(server.portOf(door), '127.0.0.1')
      await once(client, 'connect')
      const remote = `127.0.0.1:${client.localPort}`
      await server.log.until('connection_opened', (fields) => fields['remote'] === remote)
      const timer = await timerBehind(client)
      client.destroy()
      assert.equal(timer.kind, keepAliveTimer)
      assert.ok(timer.seconds > 220 && timer.seconds <= 240, `${timer.seconds} s`)
    })
  }
})
