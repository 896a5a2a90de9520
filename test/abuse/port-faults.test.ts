/** A fault of ours in what is done with a connection ends that connection, and neither the process nor the port. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { createPort } from '../../src/listener/listener.ts'
import { createRecordingLog } from '../support/recording-log.ts'

const options = { name: 'port', port: 0, ipAddress: '127.0.0.1', backlog: 8, reusePort: false }
const broken = new TypeError('broken')

const faults: readonly (readonly [string, (socket: Socket) => Promise<void> | null])[] = [
  [
    'thrown',
    () => {
      throw broken
    },
  ],
  ['rejected with', () => Promise.reject(broken)],
]

for (const [how, onConnection] of faults) {
  test(`a fault that is ${how}`, async () => {
    const log = createRecordingLog()
    const port = createPort(options, 'none', onConnection, log)
    const opened = await port.open()
    assert.ok(opened.ok)
    for (let time = 0; time < 2; time += 1) {
      const socket = connect(opened.value.port, '127.0.0.1')
      socket.on('error', () => undefined)
      await once(socket, 'close')
    }
    port.shut()
    port.close()
    const told = log.entries.filter(({ event }) => event === 'signet_fault')
    assert.deepEqual(
      told.map(({ fields }) => [fields['listener'], fields['cause']]),
      [
        ['port', broken],
        ['port', broken],
      ],
    )
  })
}
