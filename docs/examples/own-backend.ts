/** A backend of one's own: only who is on the list gets in. `own-backend.ts [folder with certificates] [port]` */

import { type AuthBackend, allow, createServer, formatBare } from 'signet-xmpp'

const [folder = 'certs', port = '5222'] = process.argv.slice(2)

const employees = new Map([
  ['alice@localhost', { onLeave: false }],
  ['bob@localhost', { onLeave: true }],
])

const staff: AuthBackend = {
  name: 'staff',
  takes: ['certificate'],
  judge: (claim) => {
    const person = employees.get(formatBare(claim.jid))
    // `unknown` lets the next backend of `auth.methods` speak; every other verdict is final.
    if (person === undefined) return { kind: 'unknown' }
    if (person.onLeave) return { kind: 'deny', code: 'backend-denied', why: 'on leave' }
    return allow(claim)
  },
  [Symbol.asyncDispose]: async () => employees.clear(),
}

await using server = createServer({
  directory: folder,
  backends: [staff],
  config: {
    listen: {
      c2s: [
        {
          ip_address: '127.0.0.1',
          port: Number(port),
          tls: { mode: 'tls', certfile: 'server.pem', keyfile: 'server.key', cacertfile: 'ca.pem' },
        },
      ],
    },
    auth: { methods: ['staff'] },
  },
})

for (const address of await server.start()) console.log(`listening on ${address.address}:${address.port}`)
await new Promise((resolve) => process.once('SIGTERM', resolve).once('SIGINT', resolve))
