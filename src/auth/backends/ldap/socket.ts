/** Opens the connection below LDAP: TCP, and TLS where it is wanted, all of it within one limit of time. */

import { connect, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { BerReader, BerWriter } from 'ldapts'
import { connectOptions } from '../../pool-tls.ts'
import type { LdapTls } from './pool-options.ts'

/** Longest answer to StartTLS, octets. */
const maxStartTlsBytes = 4096

/** How long TCP is silent before the kernel asks whether the other end is still there, milliseconds. */
const keepAliveMs = 30_000

const startTlsOid = '1.3.6.1.4.1.1466.20037'
const extendedRequest = 0x77
const extendedResponse = 0x78
const requestName = 0x80

/** A server, and how to speak to it. */
export interface SocketTarget {
  readonly host: string
  readonly port: number
  readonly tls: LdapTls | null
}

/** A connection that is ready for LDAP. Rejects when it cannot be had, or not within `limitMs`; then nothing is left open. */
export async function openSocket({ host, port, tls }: SocketTarget, limitMs: number): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs })
  const late = new Error(`no connection within ${limitMs} ms`)
  const timer = setTimeout(() => socket.destroy(late), limitMs)
  // Whoever waits hears of a fault from its own listeners; this one keeps later faults from ending the process.
  socket.on('error', () => undefined)
  try {
    await settled(socket, 'connect')
    if (tls === null) return socket
    if (tls.start === 'starttls') await askForTls(socket)
    return await secure(socket, host, tls)
  } catch (cause) {
    socket.destroy()
    throw socket.errored === late ? late : cause
  } finally {
    clearTimeout(timer)
  }
}

async function secure(socket: Socket, host: string, tls: LdapTls): Promise<TLSSocket> {
  const secured = connectTls({ ...connectOptions(tls, host), socket })
  secured.on('error', () => undefined)
  await settled(secured, 'secureConnect')
  return secured
}

function settled(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, () => resolve())
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('the connection was closed')))
  })
}

/** StartTLS (RFC 4511 §4.14), by hand: nothing of what comes in clear may be taken for what comes under TLS. */
async function askForTls(socket: Socket): Promise<void> {
  const answer = readAnswer(socket)
  socket.write(startTlsRequest())
  const code = startTlsResult(await answer)
  if (code !== 0) throw new Error(`StartTLS was refused (result code ${code})`)
}

function startTlsRequest(): Buffer {
  const writer = new BerWriter()
  writer.startSequence()
  writer.writeInt(1)
  writer.startSequence(extendedRequest)
  writer.writeString(startTlsOid, requestName)
  writer.endSequence()
  writer.endSequence()
  return writer.buffer
}

/** The octets of one whole message; rejects when anything stands behind it. */
function readAnswer(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0)
    const done = (settle: () => void): void => {
      socket.pause()
      socket.removeListener('data', onData)
      settle()
    }
    const onData = (data: Buffer): void => {
      bytes = Buffer.concat([bytes, data])
      const length = messageLength(bytes)
      if (length === bytes.length) done(() => resolve(bytes))
      else if (length !== null && length < bytes.length) {
        done(() => reject(new Error('something came in clear behind the answer to StartTLS')))
      } else if (bytes.length > maxStartTlsBytes) done(() => reject(new Error('the answer to StartTLS is too long')))
    }
    socket.on('data', onData)
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('the connection was closed instead of an answer to StartTLS')))
  })
}

/** Length of the first message; null when that is not there yet. */
function messageLength(bytes: Buffer): number | null {
  const reader = new BerReader(bytes)
  const start = bytes.length < 2 ? null : reader.readSequence()
  return start === null ? null : reader.offset + reader.length
}

function startTlsResult(message: Buffer): number {
  const reader = new BerReader(message)
  reader.readSequence()
  const id = reader.readInt()
  const tag = reader.peek()
  if (id !== 1 || tag !== extendedResponse) throw new Error('the answer to StartTLS is not one')
  reader.readSequence(extendedResponse)
  const code = reader.readEnumeration()
  if (code === null) throw new Error('the answer to StartTLS has no result')
  return code
}
