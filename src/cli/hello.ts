/** `signet hello`: logs in to the running demo with a development certificate, and shows each step. */

import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { type Hello, type HelloFault, type HelloStep, logIn } from '../hello/log-in.ts'
import { ansiPaint, noPaint, type Paint } from '../observe/sentence.ts'
import { readArguments } from './arguments.ts'
import { demoUsers } from './demo-certificates.ts'
import { certificateFolder, commandLine, defaultPort, defaultTlsPort, readPort } from './demo-words.ts'
import { callersFolder } from './given-path.ts'
import { type CliIo, exitCodes } from './io.ts'

interface HelloArguments {
  readonly user: string
  readonly port: number
  readonly tls: Hello['tls']
  readonly directory: string
}

/** Exit code 0 when logged in, 1 when refused, 64 (usage), 69 when nothing answers or the certificates are missing. */
export async function runHello(args: readonly string[], io: CliIo): Promise<number> {
  const wanted = readHelloArguments(args, io)
  if (typeof wanted === 'string') {
    io.stderr(`signet hello: ${wanted}\n`)
    return exitCodes.usage
  }
  const identity = await readIdentity(wanted.directory, wanted.user)
  if (identity === null) {
    io.stderr(
      `There is no certificate for ${wanted.user} in ${wanted.directory}. ` +
        `The demo makes it; start it in another terminal:\n\n  ${commandLine('start', io)}\n`,
    )
    return exitCodes.unavailable
  }
  const paint = io.colour ? ansiPaint : noPaint
  const hello: Hello = { host: '127.0.0.1', port: wanted.port, tls: wanted.tls, domain: 'localhost', identity }
  const done = await logIn(hello, (step) => io.stdout(`${stepLine(step, hello, wanted, io, paint)}\n`))
  if (done.ok) return exitCodes.ok
  io.stderr(`${paint.bad('✗')} ${faultText(done.error, hello, io)}\n`)
  return done.error.kind === 'unreachable' ? exitCodes.unavailable : exitCodes.denied
}

function readHelloArguments(args: readonly string[], io: CliIo): HelloArguments | string {
  const parsed = readArguments(args, {
    port: { type: 'string' },
    'direct-tls': { type: 'boolean' },
    dir: { type: 'string' },
  })
  if (!parsed.ok) return parsed.error
  const { values, positionals } = parsed.value
  const [user = demoUsers[0], ...rest] = positionals
  if (rest.length > 0 || !demoUsers.some((known) => known === user)) {
    return `log in as one of ${demoUsers.join(', ')}, not as '${positionals.join(' ')}'`
  }
  const isDirect = values['direct-tls'] === true
  const port = readPort(values.port, isDirect ? defaultTlsPort : defaultPort)
  if (port === null) return `--port must be a number from 1 to 65535, not '${values.port}'`
  return { user, port, tls: isDirect ? 'direct' : 'starttls', directory: certificateFolder(values.dir, io) }
}

async function readIdentity(directory: string, user: string): Promise<Hello['identity'] | null> {
  const read = (name: string): Promise<string> => readFile(join(directory, name), 'utf8')
  try {
    const [certificate, key, ca] = await Promise.all([read(`${user}.pem`), read(`${user}.key`), read('ca.pem')])
    return { certificate, key, ca, serverName: 'localhost' }
  } catch {
    return null
  }
}

function stepLine(step: HelloStep, hello: Hello, wanted: HelloArguments, io: CliIo, paint: Paint): string {
  const line = (what: string, detail: string): string => `${paint.good('✓')} ${what.padEnd(14)}${detail}`
  switch (step.kind) {
    case 'connected':
      return line('connected', `${hello.host}:${hello.port}, ${hello.tls === 'direct' ? 'direct TLS' : 'STARTTLS'}`)
    case 'secured':
      return line('encrypted', `${step.protocol}, ${step.cipher}, server is localhost`)
    case 'offered': {
      const file = join(relative(callersFolder(io), wanted.directory), `${wanted.user}.pem`)
      return line('certificate', `${file} was shown, so the server offers ${step.mechanisms.join(', ')}`)
    }
    case 'authenticated':
      return line('logged in', 'with SASL EXTERNAL: by the certificate alone, no password')
    case 'bound':
      return line('session', `${paint.bold(step.jid)}, after ${Math.round(step.tookMs)} ms in all`)
  }
}

/** OpenSSL's words for ERR_SSL_WRONG_VERSION_NUMBER: what came is no TLS at all. */
const noTls = /\bwrong version number\b/

function faultText(fault: HelloFault, hello: Hello, io: CliIo): string {
  switch (fault.kind) {
    case 'unreachable':
      return (
        `Nothing answers on ${hello.host}:${hello.port} (${fault.code}). ` +
        `Start the demo in another terminal:\n\n  ${commandLine('start', io)}`
      )
    case 'stranger':
      return (
        `What listens on ${hello.host}:${hello.port} is not this demo: ` +
        `its certificate is not from the demo's CA (${fault.why}).`
      )
    case 'refused':
      return `The server refused the login: ${fault.condition}${fault.text === '' ? '' : `, ${fault.text}`}.`
    case 'broken':
      if (hello.tls === 'direct' && noTls.test(fault.why)) {
        return (
          `${hello.host}:${hello.port} does not begin with TLS: ` +
          'leave --direct-tls out, or give the port for direct TLS.'
        )
      }
      return `The login did not work out: ${fault.why}.`
  }
}
