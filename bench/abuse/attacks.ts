/** The attacks: what one connection of each does, and the only endings that are right. */

import type { TLSSocket } from 'node:tls'
import { authMarkup, headerTo, readError, type XmppClient } from '../../test/support/xmpp-client.ts'
import { answerTo, dial, dialRaw, dialSecure, dialUser, drip, endingOf, flood, type Victim } from './wire.ts'

/** One attack. */
export interface Attack {
  readonly name: string
  /** Connections that do it at one time in the long form. */
  readonly connections: number
  /** One connection's attack; resolves with how it ended. */
  run(victim: Victim): Promise<string>
  /** How it must end. */
  readonly endings: readonly string[]
}

/** First record of a handshake whose rest never comes. */
const helloBegun = Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])

/** What no TLS client says: a record of handshake type with a body of noise. */
const helloOfNoise = Buffer.from([22, 3, 1, 0, 64, ...Array.from({ length: 64 }, (_, index) => (index * 37) & 255)])

const ping = "<iq type='get' id='x'><ping xmlns='urn:xmpp:ping'/></iq>"
/** Each entity is ten of the one before it. */
const bomb = Array.from({ length: 9 }, (_, index) => `<!ENTITY e${index + 1} "${`&e${index};`.repeat(10)}">`).join('')

const openTag = '<stream:stream '

async function opened(victim: Victim, door: 'starttls' | 'direct'): Promise<XmppClient> {
  const client = await dialSecure(victim, door)
  await client.open(victim.domain)
  return client
}

const halfOpen: readonly Attack[] = [
  {
    name: 'half-open, before STARTTLS',
    connections: 5_000,
    run: async (victim) => endingOf(await dial(victim, 'starttls')),
    endings: ['connection-timeout'],
  },
  {
    name: 'half-open, before direct TLS',
    connections: 5_000,
    run: async (victim) => endingOf(await dial(victim, 'direct')),
    endings: ['closed'],
  },
  {
    name: 'half-open, inside the ClientHello',
    connections: 2_000,
    run: async (victim) => {
      const client = await dial(victim, 'direct')
      client.send(helloBegun)
      return endingOf(client)
    },
    endings: ['closed'],
  },
  {
    name: 'half-open, after TLS',
    connections: 300,
    run: async (victim) => endingOf(await dialSecure(victim, 'direct')),
    endings: ['connection-timeout'],
  },
]

const slowBytes: readonly Attack[] = [
  {
    name: 'slow bytes, header in clear',
    connections: 500,
    run: async (victim) => drip(await dial(victim, 'starttls'), headerTo(victim.domain), victim.stepMs),
    endings: ['connection-timeout'],
  },
  {
    name: 'slow bytes, ClientHello',
    connections: 500,
    run: async (victim) => drip(await dial(victim, 'direct'), helloBegun, victim.stepMs),
    endings: ['closed'],
  },
  {
    name: 'slow bytes, header after TLS',
    connections: 300,
    run: async (victim) => drip(await dialSecure(victim, 'direct'), headerTo(victim.domain), victim.stepMs),
    endings: ['connection-timeout'],
  },
  {
    name: 'slow bytes, auth',
    connections: 300,
    run: async (victim) => drip(await opened(victim, 'direct'), authMarkup({ text: 'x'.repeat(90) }), victim.stepMs),
    endings: ['connection-timeout'],
  },
]

const bigThings: readonly Attack[] = [
  {
    name: 'giant stanza of a stranger',
    connections: 50,
    run: async (victim) => {
      const client = await opened(victim, 'direct')
      return flood(client, authMarkup('equals').slice(0, -7), 'QUJD'.repeat(4_096))
    },
    endings: ['policy-violation'],
  },
  {
    name: 'giant stanza of a user',
    connections: 20,
    run: async (victim) => flood(await dialUser(victim, 'direct'), '<message><body>', 'x'.repeat(16_384)),
    endings: ['policy-violation'],
  },
  {
    name: 'deep nesting of a stranger',
    connections: 50,
    run: async (victim) => flood(await opened(victim, 'starttls'), '', '<a>'.repeat(1_000)),
    endings: ['policy-violation'],
  },
  {
    name: 'deep nesting of a user',
    connections: 20,
    run: async (victim) => flood(await dialUser(victim, 'starttls'), '<message>', '<a>'.repeat(1_000)),
    endings: ['policy-violation'],
  },
  {
    name: 'endless header',
    connections: 100,
    run: async (victim) => flood(await dial(victim, 'starttls'), `${openTag}to='`, 'x'.repeat(8_192)),
    endings: ['policy-violation'],
  },
  {
    name: 'endless attributes',
    connections: 100,
    run: async (victim) => {
      const attributes = Array.from({ length: 500 }, (_, index) => `a${index}='' `).join('')
      return flood(await opened(victim, 'direct'), '<auth ', attributes)
    },
    endings: ['policy-violation'],
  },
  {
    name: 'endless white space before the header',
    connections: 100,
    run: async (victim) => flood(await dial(victim, 'starttls'), '', ' '.repeat(8_192)),
    endings: ['policy-violation'],
  },
  {
    name: 'entity bomb',
    connections: 100,
    run: async (victim) => {
      const client = await dial(victim, 'starttls')
      client.send(`<?xml version="1.0"?><!DOCTYPE x [${bomb}]>`)
      return endingOf(client)
    },
    endings: ['restricted-xml'],
  },
]

const tricks: readonly Attack[] = [
  {
    name: 'auth flood',
    connections: 50,
    run: async (victim) =>
      flood(await opened(victim, 'direct'), '', authMarkup({ text: 'someone@else.example' }).repeat(20)),
    endings: ['policy-violation'],
  },
  {
    name: 'plaintext behind <starttls/>',
    connections: 200,
    run: async (victim) => {
      const client = await dial(victim, 'starttls')
      await client.open(victim.domain)
      client.send(`<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>${authMarkup('equals')}`)
      return endingOf(client)
    },
    endings: ['closed'],
  },
  {
    name: 'noise for a ClientHello',
    connections: 200,
    run: async (victim) => answerTo(await dialRaw(victim, 'direct'), helloOfNoise),
    endings: ['alert 10'],
  },
  {
    name: 'HTTP to direct TLS',
    connections: 200,
    run: async (victim) => answerTo(await dialRaw(victim, 'direct'), Buffer.from('GET / HTTP/1.1\r\n\r\n')),
    endings: ['closed'],
  },
  {
    name: 'more than a ClientHello, before it is answered',
    connections: 50,
    run: async (victim) => answerTo(await dialRaw(victim, 'direct'), Buffer.alloc(40_000, helloOfNoise)),
    // OpenSSL says `unexpected_message`; where there is a crowd it is not asked.
    endings: ['closed', 'alert 10'],
  },
  {
    name: 'noise for TLS, after STARTTLS',
    connections: 200,
    run: async (victim) => {
      const client = await dial(victim, 'starttls')
      await client.open(victim.domain)
      await client.requestTls()
      return flood(client, '', 'nothing like TLS ')
    },
    endings: ['closed'],
  },
  {
    name: 'connect and close',
    connections: 500,
    run: async (victim) => {
      const client = await dial(victim, 'direct')
      client.reset()
      return 'closed'
    },
    endings: ['closed'],
  },
  {
    name: 'renegotiation',
    connections: 50,
    run: async (victim) => renegotiate(await dialSecure(victim, 'direct', { ...victim.user, maxVersion: 'TLSv1.2' })),
    endings: ['refused'],
  },
  {
    name: 'thousands of names in a certificate',
    connections: 20,
    run: async (victim) => {
      const client = await dialSecure(victim, 'direct', victim.manyNames)
      await client.open(victim.domain)
      const answer = await client.auth('equals')
      client.destroy()
      return answer.name === 'failure' ? readError(answer).condition : answer.name
    },
    endings: ['not-authorized'],
  },
]

/** Those that let the server wait, and those that give it work. */
export const waitingAttacks: readonly Attack[] = [...halfOpen, ...slowBytes]
export const busyAttacks: readonly Attack[] = [...bigThings, ...tricks]

/** One that takes as long as the server lets a client not read. */
export const neverReading: Attack = {
  name: 'a reader that never reads',
  connections: 20,
  run: async (victim) => {
    const client = await dialUser(victim, 'direct')
    client.socket.pause()
    const { socket } = client
    const gone = new Promise<string>((resolve) => socket.once('close', () => resolve('closed')))
    const burst = setInterval(() => socket.writableLength < 65_536 && socket.write(ping.repeat(500)), 5)
    return gone.finally(() => clearInterval(burst))
  },
  endings: ['closed'],
}

/** All of them. */
export const allAttacks: readonly Attack[] = [...waitingAttacks, ...busyAttacks, neverReading]

function renegotiate(client: XmppClient): Promise<string> {
  const socket = client.socket as TLSSocket
  return new Promise((resolve) => {
    const settle = (ending: string) => {
      resolve(ending)
      client.destroy()
    }
    socket.once('error', (error: NodeJS.ErrnoException) =>
      settle(/renegotiation/i.test(`${error.code} ${error.message}`) ? 'refused' : 'closed'),
    )
    socket.renegotiate({ rejectUnauthorized: false }, (error) => settle(error === null ? 'accepted' : 'refused'))
  })
}
