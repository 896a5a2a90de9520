/** Listeners on one port: what the check refuses is what the system refuses. */

import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:net'
import { describe, test } from 'node:test'
import { endpointFault } from '../../src/listener/endpoints.ts'
import { loadOptions } from '../../src/options.ts'
import { createFolder, errorsOf, type Folder, goodTls, loadIn, short } from './support.ts'

const same = 'another listener has the same address and port; give each its own'
const within = (there: string, here: string) =>
  `another listener has this port on ${there}, which takes ${here} as well; give each its own`
const around = (there: string, here: string) =>
  `another listener has this port on ${there}, which ${here} takes as well; give each its own`

/** First, second, and what is said of the second. */
const rows: readonly (readonly [string, string, string | null])[] = [
  ['127.0.0.1', '127.0.0.1', same],
  ['0.0.0.0', '0.0.0.0', same],
  ['::', '::', same],
  ['::1', '0:0:0:0:0:0:0:1', same],
  ['127.0.0.1', '::ffff:127.0.0.1', same],
  ['0.0.0.0', '127.0.0.1', within('0.0.0.0', '127.0.0.1')],
  ['127.0.0.1', '0.0.0.0', around('127.0.0.1', '0.0.0.0')],
  ['::', '0.0.0.0', within('::', '0.0.0.0')],
  ['0.0.0.0', '::', around('0.0.0.0', '::')],
  ['::', '127.0.0.1', within('::', '127.0.0.1')],
  ['127.0.0.1', '::', around('127.0.0.1', '::')],
  ['::', '::1', within('::', '::1')],
  ['::1', '::', around('::1', '::')],
  ['0.0.0.0', '::ffff:127.0.0.1', within('0.0.0.0', '127.0.0.1')],
  ['127.0.0.1', '127.0.0.2', null],
  ['::1', '127.0.0.1', null],
  ['127.0.0.1', '::1', null],
  ['0.0.0.0', '::1', null],
]

/** Listens; null when the system refuses the port. */
function listen(host: string, port: number, reusePort: boolean): Promise<Server | null> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      cause.code === 'EADDRINUSE' ? resolve(null) : reject(cause),
    )
    server.listen({ host, port, reusePort }, () => resolve(server))
  })
}

/** Whether the system lets both listen on one port; null without such an address on this machine. */
async function isAllowed(first: string, second: string, reusePort: boolean): Promise<boolean | null> {
  const servers: Server[] = []
  try {
    const one = await listen(first, 0, reusePort)
    const address = one?.address()
    if (one === null || typeof address !== 'object' || address === null) return null
    servers.push(one)
    const two = await listen(second, address.port, reusePort)
    if (two !== null) servers.push(two)
    return two !== null
  } catch {
    return null
  } finally {
    for (const server of servers) server.close()
  }
}

describe('two listeners on one port', () => {
  for (const [first, second, says] of rows) {
    test(`${first} and ${second}`, async () => {
      const [one, two] = [first, second].map((address) => ({ port: 5222, ip_address: address }))
      assert.ok(one && two)
      assert.equal(endpointFault(one, two), says)
      assert.equal(endpointFault(one, { ...two, port: 5223 }), null)
      assert.equal(endpointFault({ ...one, reuse_port: true }, two), says)
      const shared = endpointFault({ ...one, reuse_port: true }, { ...two, reuse_port: true })
      assert.equal(shared, says === same ? same : null)
      const allowed = await isAllowed(first, second, false)
      if (allowed !== null) assert.equal(allowed, says === null)
      if (says !== same && allowed !== null) assert.equal(await isAllowed(first, second, true), true)
    })
  }

  test('any free port is another one each time', () => {
    assert.equal(endpointFault({ port: 0 }, { port: 0 }), null)
  })

  test('addresses that are left out', () => {
    assert.equal(endpointFault({ port: 1 }, { port: 1, ip_address: '0.0.0.0' }), same)
    assert.equal(endpointFault({ port: 1, ip_version: 6 }, { port: 1, ip_address: '::' }), same)
    assert.equal(endpointFault({ port: 1 }, { port: 1, ip_version: 6 }), around('0.0.0.0', '::'))
  })

  test('a link-local address on two links', () => {
    assert.equal(endpointFault({ port: 1, ip_address: 'fe80::1%a' }, { port: 1, ip_address: 'fe80::1%b' }), null)
  })
})

const c2s = (lines: string): string => `[[listen.c2s]]\n${lines}${goodTls}`
const general = '[general]\nhosts = ["localhost"]\n'

const found = (folder: Folder, text: string) =>
  errorsOf(loadIn(folder, general + text)).map((problem) => [short(problem), problem.message])

describe('in a file', () => {
  test('the line of the other listener is named', () => {
    using folder = createFolder()
    const text = `${c2s('port = 5222\n')}${c2s('ip_address = "127.0.0.1"\nport = 5222\n')}`
    assert.deepEqual(found(folder, text), [
      ['10:8 duplicate listen.c2s.port', `${within('0.0.0.0', '127.0.0.1')} (see line 4)`],
    ])
  })

  test('or that of its section, where it has the port without saying so; whatever both speak', () => {
    using folder = createFolder()
    const http = `[[listen.http]]\nport = 5222\nip_address = "::"\n${goodTls}`
    assert.deepEqual(found(folder, c2s('') + http), [
      ['8:8 duplicate listen.http.port', `${around('0.0.0.0', '::')} (see line 3)`],
    ])
  })

  test('a bad address clashes with nothing', () => {
    using folder = createFolder()
    const text = `${c2s('port = 5222\n')}${c2s('ip_address = "localhost"\nport = 5222\n')}`
    assert.deepEqual(
      found(folder, text).map(([at]) => at),
      ['9:14 bad-value listen.c2s.ip_address'],
    )
  })

  test('in values that came from no file it is named by its path', () => {
    using folder = createFolder()
    const tls = { certfile: 'server.pem', keyfile: 'server.key', cacertfile: 'ca.pem' }
    const values = { general: { hosts: ['localhost'] }, listen: { c2s: [{ tls }, { tls, port: 5222 }] } }
    const [problem] = errorsOf(loadOptions({ directory: folder.path, values }))
    assert.deepEqual([problem?.path, problem?.message], ['listen.c2s[1].port', `${same} (see listen.c2s[0].port)`])
  })
})
