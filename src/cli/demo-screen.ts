/** What `signet demo` shows when it is ready: what listens, where the certificates are, and what to try. */

import { relative } from 'node:path'
import { ansiPaint, noPaint } from '../observe/sentence.ts'
import { type DemoCertificates, demoPassword, demoUsers } from './demo-certificates.ts'
import { certificateFolder, commandLine, defaultPort } from './demo-words.ts'
import { type Caller, callersFolder } from './given-path.ts'
import type { CliIo } from './io.ts'

/** What the screen speaks of. */
export interface DemoScreen {
  readonly version: string
  readonly port: number
  readonly tlsPort: number
  readonly httpsPort: number
  readonly certificates: DemoCertificates
}

const labelWidth = 15
const dateForm: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }

/** The screen, at most 80 columns wide where the folder's name is short, ending in an empty line. */
export function demoScreen(demo: DemoScreen, io: Pick<CliIo, 'colour' | 'cwd' | 'env'>): string {
  const paint = io.colour ? ansiPaint : noPaint
  const section = (label: string, ...lines: readonly string[]): readonly string[] => [
    '',
    ...lines.map((line, index) => `  ${paint.bold((index === 0 ? label : '').padEnd(labelWidth))}${line}`),
  ]
  const { certificates } = demo
  const folder = `${relative(callersFolder(io), certificates.directory) || '.'}/`
  const state = certificates.made.length > 0 ? 'made just now' : 'kept from before'
  const [first, second] = demoUsers
  return [
    '',
    `  ${paint.bold(`Signet ${demo.version}`)} ${paint.dim('·')} XMPP login by certificate ${paint.dim('·')} demo`,
    ...section(
      'Listening',
      `127.0.0.1:${demo.port}   STARTTLS`,
      `127.0.0.1:${demo.tlsPort}   direct TLS`,
      `127.0.0.1:${demo.httpsPort}   HTTPS: WebSocket, BOSH, and a chat page`,
    ),
    ...section('Accounts', `${first}@localhost, ${second}@localhost   ${paint.dim('by certificate, no passwords')}`),
    ...section(
      'Certificates',
      `${paint.bold(folder)}   ${paint.dim(`${state}, good until ${certificates.expires.toLocaleDateString('en-GB', dateForm)}`)}`,
      `${first}.p12              to import; password: ${paint.bold(demoPassword)}`,
      `${first}-combined.pem     certificate and key in one file`,
      `${first}.pem, ${first}.key   one file each; all the same for ${second}`,
      'ca.pem                 the CA, which clients must trust',
    ),
    ...section(
      'In a browser',
      `1  import ${paint.bold(`${folder}${first}.p12`)} ${paint.dim('in its settings, under certificates')}`,
      `2  ${paint.bold(`https://localhost:${demo.httpsPort}/`)}   ${paint.dim('accept the warning about the CA')}`,
    ),
    ...section(
      'Try it now',
      `${paint.bold(hello(demo, io))}   ${paint.dim('in a second terminal; needs no XMPP client')}`,
    ),
    ...section('With Gajim', ...gajim(demo, io, paint.bold, paint.dim)),
    ...section('Other clients', 'docs/clients.md says which, and how'),
    '',
    `  ${paint.dim('Every login is judged in one line below. Ctrl-C stops.')}`,
    '',
    '',
  ].join('\n')
}

function hello(demo: DemoScreen, io: Caller): string {
  return commandLine(
    'hello',
    io,
    ...(demo.port === defaultPort ? [] : ['--port', `${demo.port}`]),
    ...dirOption(demo, io),
  )
}

function dirOption({ certificates: { directory } }: DemoScreen, io: Caller): readonly string[] {
  if (directory === certificateFolder(undefined, io)) return []
  return ['--dir', callersFolder(io) === io.cwd ? relative(io.cwd, directory) : directory]
}

type Tint = (text: string) => string

function gajim(demo: DemoScreen, io: Caller, bold: Tint, dim: Tint): readonly string[] {
  // The launcher is part of a checkout, not of the package.
  if (io.env['npm_lifecycle_event'] === undefined) return ['takes a launcher: docs/clients.md']
  const options = [...(demo.port === defaultPort ? [] : ['--port', `${demo.port}`]), ...dirOption(demo, io)]
  return [
    `1  ${bold('sudo apt install gajim')}   ${dim('version 1.7, as in Debian 12')}`,
    `2  ${bold(commandLine('gajim', io, ...options))}   ${dim('Gajim opens as alice; add “bob” for bob')}`,
    dim('Gajim never shows its certificate; step 2 adds that as it runs.'),
  ]
}
