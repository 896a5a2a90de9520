/** A whole server inside of a program: `start-a-server.ts [folder with certificates] [port]`; `npm start` makes the folder. */

import { createServer, silentLog } from 'signet-xmpp'

const [folder = 'certs', port = '5222'] = process.argv.slice(2)

await using server = createServer({
  directory: folder,
  config: {
    general: { hosts: ['localhost'] },
    listen: {
      c2s: [
        {
          ip_address: '127.0.0.1',
          port: Number(port),
          tls: { mode: 'starttls_required', certfile: 'server.pem', keyfile: 'server.key', cacertfile: 'ca.pem' },
        },
      ],
    },
    session: { local: { database: 'signet.sqlite' } },
  },
  log: {
    ...silentLog,
    info: (event, fields) => event === 'login_decision_made' && console.log(JSON.stringify(fields?.['outcome'])),
    warn: (event, fields) => console.warn(event, fields),
    error: (event, fields) => console.error(event, fields),
  },
})

for (const address of await server.start()) console.log(`listening on ${address.address}:${address.port}`)
await new Promise((resolve) => process.once('SIGTERM', resolve).once('SIGINT', resolve))
