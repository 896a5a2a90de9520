/** Options of the WebSocket handler: what they are without a word, and which words are refused or warned of. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { WebSocketOptions } from '../../src/listener/https/websocket-options.ts'
import { createFolder, errorsOf, goodTls, loadIn, short, warningsOf } from '../config/support.ts'

const head = `[general]
hosts = ["localhost"]
[[listen.http]]
${goodTls}[[listen.http.handlers.mongoose_websocket_handler]]
`

function load(lines: string) {
  using folder = createFolder()
  return loadIn(folder, head + lines)
}

function optionsOf(lines: string): WebSocketOptions {
  const result = load(lines)
  assert.deepEqual(errorsOf(result).map(short), [])
  const handler = result.ok ? result.value.options.http[0]?.handlers[0] : undefined
  assert.ok(handler?.name === 'mongoose_websocket_handler')
  return handler.options
}

describe('options of WebSocket', () => {
  it('ping, so that browsers are not cut off, and let in no page of another site', () => {
    assert.deepEqual(optionsOf(''), {
      timeoutMs: 60_000,
      pingMs: 45_000,
      pongMs: 15_000,
      origins: [],
      seeOtherUri: null,
      maxStanzaBytes: 262_144,
      stateTimeoutMs: 5_000,
      legacySession: true,
    })
  })

  it('are taken as they stand', () => {
    const options = optionsOf(`timeout = 120000
ping_rate = 30000
pong_timeout = 5000
origins = ["https://chat.example.org", "http://[::1]:8080"]
see_other_uri = "wss://b.example.org/ws"
max_stanza_size = 20000
state_timeout = 2000
backwards_compatible_session = false
`)
    assert.deepEqual(options, {
      timeoutMs: 120_000,
      pingMs: 30_000,
      pongMs: 5_000,
      origins: ['https://chat.example.org', 'http://[::1]:8080'],
      seeOtherUri: 'wss://b.example.org/ws',
      maxStanzaBytes: 20_000,
      stateTimeoutMs: 2_000,
      legacySession: false,
    })
  })

  const refused: readonly (readonly [what: string, line: string])[] = [
    ['an origin with a path', 'origins = ["https://chat.example.org/"]'],
    ['an origin without a scheme', 'origins = ["chat.example.org"]'],
    ['an origin in capitals, which no browser sends', 'origins = ["https://Chat.example.org"]'],
    ['the origin of sandboxed pages, which any page can have', 'origins = ["null"]'],
    ['a pattern', 'origins = ["https://*.example.org"]'],
    ['an insecure place to go', 'see_other_uri = "ws://b.example.org/"'],
    ['no place to go', 'see_other_uri = "wss://"'],
    ['silence without end', 'timeout = 0'],
    ['pings without pause', 'ping_rate = 0'],
  ]
  for (const [what, line] of refused) {
    it(`refuse ${what}`, () => {
      const [, key = ''] = /^(\w+)/.exec(line) ?? []
      const [error, ...more] = errorsOf(load(`${line}\n`)).map(short)
      assert.equal(more.length, 0)
      assert.match(error ?? '', new RegExp(`listen\\.http\\.handlers\\.mongoose_websocket_handler\\.${key}`))
    })
  }

  const warned: readonly (readonly [what: string, line: string, rule: string])[] = [
    ['every page', 'origins = ["*"]', 'anyone-as-anyone'],
    ['pings that come too late', 'ping_rate = 60000', 'conflict'],
  ]
  for (const [what, line, rule] of warned) {
    it(`warn of ${what}`, () => {
      const warnings = warningsOf(load(`${line}\n`)).map(short)
      assert.ok(
        warnings.some((warning) => warning.includes(` ${rule} listen.http.handlers.mongoose_websocket_handler`)),
      )
    })
  }
})
