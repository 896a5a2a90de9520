/** Login by certificate in a TLS server of one's own, here one that echoes: `external-in-your-server.ts [folder] [port]` */

import { readFileSync } from 'node:fs'
import { createServer } from 'node:tls'
import {
  createAuthority,
  createCall,
  createChannelReader,
  createExternal,
  createPkiBackend,
  formatBare,
  judgingTlsOptions,
  readTrustStore,
  standard,
  startAttempt,
} from 'signet-xmpp/external'

const [folder = 'certs', port = '7007'] = process.argv.slice(2)
const read = (name: string): string => readFileSync(`${folder}/${name}`, 'utf8')

const trust = readTrustStore(read('ca.pem'), 'ca.pem')
if (!trust.ok) throw new Error(trust.error.map(({ line, text }) => `ca.pem:${line}: ${text}`).join('\n'))
const readChannel = createChannelReader(trust.value)
const mechanisms = [createExternal([standard])]
const authority = createAuthority([createPkiBackend()])

const identity = { cert: read('server.pem'), key: read('server.key') }
const server = createServer({ ...judgingTlsOptions(trust.value), ...identity }, async (socket) => {
  socket.on('error', () => socket.destroy())
  const facts = { listener: 'echo', transport: 'tcp', domain: 'localhost', from: null, verifyMode: 'peer' } as const
  const scene = { ...facts, channel: readChannel(socket), mechanisms, authority }
  const attempt = startAttempt(scene, 'EXTERNAL', async (account) => ({ ok: true, value: account }))
  // `null`: the client asks for nobody in particular, so it becomes whoever its certificate names.
  const step = await attempt.step(null, createCall(5_000))
  switch (step.kind) {
    case 'allowed':
      socket.write(`hello ${formatBare(step.session.jid)}\n`)
      socket.pipe(socket)
      break
    case 'denied':
      socket.end(`${JSON.stringify(step.decision.outcome)}\n`)
      break
    case 'challenge':
      // EXTERNAL is one message and never asks back.
      socket.destroy()
  }
})

server.listen({ host: '127.0.0.1', port: Number(port) }, () => {
  const bound = server.address()
  if (bound !== null && typeof bound === 'object') console.log(`listening on ${bound.address}:${bound.port}`)
})
process.once('SIGTERM', () => server.close())
