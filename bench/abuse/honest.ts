/**
 * Honest users, in a process of their own so that no attacker's work is in their times: two hundred chat in pairs, and some
 * log in every second. At each line on stdin it prints what they have seen since the last one.
 */

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createSecureContext, type SecureContext } from 'node:tls'
import { XmppClient } from '../../test/support/xmpp-client.ts'
import { domain } from '../pki.ts'
import { chatters, clientCount, type HonestReport, type Times } from './reports.ts'

const chatEveryMs = 1_000
const loginsPerSecond = 10
const patienceMs = 30_000
const addresses = 20

/** Collects times of one kind. */
function createTimes() {
  let times: number[] = []
  let failed = 0
  return {
    add: (ms: number) => times.push(ms),
    fail: () => {
      failed += 1
    },
    take: (): Times => {
      const sorted = times.sort((a, b) => a - b)
      const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0
      const report = { count: sorted.length, failed, p50: at(0.5), p99: at(0.99) }
      times = []
      failed = 0
      return report
    },
  }
}

const [, , clients = '', starttls = '', direct = ''] = process.argv
const ports = [Number(starttls), Number(direct)] as const
const logins = createTimes()
const messages = createTimes()
const sentAt = new Map<string, number>()
const contexts: SecureContext[] = []
for (let user = 0; user < clientCount; user += 1) {
  const pem = readFileSync(join(clients, `u${user}.pem`))
  contexts.push(createSecureContext({ cert: pem, key: pem }))
}

async function logIn(user: number): Promise<{ client: XmppClient; jid: string }> {
  const door = user % 2
  const socket = connect({
    port: ports[door] ?? 0,
    host: '127.0.0.1',
    localAddress: `127.0.0.${10 + (user % addresses)}`,
    noDelay: true,
  })
  await once(socket, 'connect')
  const client = new XmppClient(socket, patienceMs)
  if (door === 0) {
    await client.open(domain)
    await client.requestTls()
  }
  const secureContext = contexts[user]
  const handshake = await client.secure(secureContext === undefined ? {} : { secureContext })
  if (handshake.kind === 'failed') throw new Error(handshake.error)
  await client.open(domain)
  if ((await client.auth('equals')).name !== 'success') throw new Error('refused')
  const jid = await client.bind(domain)
  client.transcript.length = 0
  return { client, jid }
}

async function chat(client: XmppClient): Promise<void> {
  for (;;) {
    const arrival = await client.next()
    client.transcript.length = 0
    if (arrival.kind === 'end') return messages.fail()
    const id = arrival.kind === 'element' ? String(arrival.element.attrs['id']) : ''
    const began = sentAt.get(id)
    if (began === undefined) continue
    sentAt.delete(id)
    messages.add(performance.now() - began)
  }
}

const talking: { client: XmppClient; jid: string }[] = []
for (let user = 0; user < chatters; user += 1) talking.push(await logIn(user))
let sent = 0
for (const [index, { client }] of talking.entries()) {
  void chat(client).catch(() => messages.fail())
  const to = talking[index ^ 1]?.jid
  const say = () => {
    sent += 1
    const id = `m${sent}`
    sentAt.set(id, performance.now())
    client.socket.write(`<message type='chat' id='${id}' to='${to}'><body>hello</body></message>`)
  }
  setTimeout(() => setInterval(say, chatEveryMs), (index / chatters) * chatEveryMs)
}
let next = 0
setInterval(async () => {
  const began = performance.now()
  const user = chatters + (next++ % (clientCount - chatters))
  try {
    const { client } = await logIn(user)
    logins.add(performance.now() - began)
    client.send('</stream:stream>')
    client.finish()
  } catch {
    logins.fail()
  }
}, 1_000 / loginsPerSecond)

process.stdout.write('ready\n')
for await (const _ of createInterface({ input: process.stdin })) {
  // What has been under way for long is not in the times of what has arrived.
  const late = performance.now() - patienceMs
  for (const [id, began] of sentAt) {
    if (began > late) continue
    sentAt.delete(id)
    messages.fail()
  }
  const report: HonestReport = { logins: logins.take(), messages: messages.take() }
  process.stdout.write(`${JSON.stringify(report)}\n`)
}
process.exit()
