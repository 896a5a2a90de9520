/** Logging in over WebSocket with a certificate, and chatting. */

import assert from 'node:assert/strict'
import { testLogins } from '../support/handler-logins.ts'
import { connectWebSocket } from '../support/websocket-client.ts'
import { openArena } from './arena.ts'

testLogins({
  name: 'WebSocket',
  transport: 'websocket',
  openArena,
  connect: connectWebSocket,
  ended: ({ closeCode }) => assert.equal(closeCode, 1000),
})
