/** A client that floods on behind its stream error is not read on. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { startServer } from '../support/server.ts'
import { headerTo } from '../support/xmpp-client.ts'

const domain = 'signet.example'
/** What the buffers of two kernels hold on the way, and much less than a server reads in the time that it lingers. */
const mostBytes = 16_777_216

test('the flood behind a stream error stays in the kernel', async () => {
  await using server = await startServer({ catalogue: createCatalogue(domain) })
  const port = server.portOf('starttls')
  // Goes on after the server has ended its side, which a well-behaved socket does not.
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  let said = ''
  socket
    .on('error', () => undefined)
    .on('data', (chunk) => {
      said += chunk.toString('latin1')
    })
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await once(socket, 'connect')
  socket.write(`${headerTo(domain)}<!-- -->`)
  await once(socket, 'end')
  assert.match(said, /<restricted-xml /)
  const chunk = Buffer.alloc(65_536, ' ')
  const push = () => {
    while (socket.write(chunk));
  }
  socket.on('drain', push)
  push()
  await closed
  const taken = socket.bytesWritten - socket.writableLength
  assert.ok(taken < mostBytes, `${taken} bytes were taken`)
})
