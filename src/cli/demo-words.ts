/** What the commands of the demo share: its ports, its folder, and how the user types a command. */

import { resolve } from 'node:path'
import { type Caller, givenPath } from './given-path.ts'
import type { CliIo } from './io.ts'

/** Port of the demo's STARTTLS listener, as config/demo.toml has it. */
export const defaultPort = 5222

/** Port of its direct TLS listener. */
export const defaultTlsPort = 5223

/** Port of its HTTPS listener. */
export const defaultHttpsPort = 5443

/** The commands as npm scripts, by what the installed `signet` calls them. */
const npmScripts = { start: 'demo', hello: 'hello', gajim: 'gajim', signet: '' } as const

/** One of the npm scripts that run signet. */
export type DemoCommand = keyof typeof npmScripts

/** The command line that the user would type, in the form in which this process was started: by npm, or as `signet`. */
export function commandLine(command: DemoCommand, io: Pick<CliIo, 'env'>, ...args: readonly string[]): string {
  if (io.env['npm_lifecycle_event'] === undefined)
    return ['signet', npmScripts[command], ...args].filter(Boolean).join(' ')
  const script = command === 'start' ? 'npm start' : `npm run ${command}`
  // npm keeps options for itself unless `--` stands before them.
  return [script, ...(args.some((arg) => arg.startsWith('-')) ? ['--'] : []), ...args].join(' ')
}

/** The folder of the demo's certificates, absolute; without `--dir` the one that README.md names, wherever npm was called. */
export function certificateFolder(dir: string | undefined, io: Caller): string {
  return dir === undefined ? resolve(io.cwd, 'certs') : givenPath(dir, io)
}

/** A port number from an option's text; the default without one; null for anything but 1 to 65535. */
export function readPort(text: string | undefined, byDefault: number): number | null {
  if (text === undefined) return byDefault
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return port >= 1 && port <= 65_535 ? port : null
}
