/** Options of the chat page (`[[listen.http.handlers.signet_chat_handler]]`), and the names it answers below its path. */

import type { z } from 'zod'
import { section, text } from '../../config/declare.ts'
import { placeShape } from './place-options.ts'

/** The chat page, resolved. */
export interface ChatOptions {
  /** What people without a certificate are told about where they get one; null for nothing. */
  readonly certificateHelp: string | null
}

/** Where the page is, unless the file says otherwise. */
export const chatPath = '/'

/** Names of the page's files below its path; the page itself has none. */
export const chatFiles = [
  '',
  'chat.css',
  'rooms.css',
  'seal.svg',
  'main.js',
  'dom.js',
  'gate.js',
  'link.js',
  'people.js',
  'room.js',
  'session.js',
  'steps.js',
  'words.js',
  'strophe.js',
  'strophe.license.txt',
  'reasons.json',
] as const

/** One of the files. */
export type ChatFile = (typeof chatFiles)[number]

/** What the server saw of the connection that asks; made for each request. */
export const sessionName = 'session.json'

/** Characters of the help. */
const maxHelp = 500

/** `[[listen.http.handlers.signet_chat_handler]]`. */
export const chatSection = section(
  'A small chat page that logs in with the certificate of the browser, and its files.',
  {
    ...placeShape(chatPath),
    certificate_help: text({
      says: 'What the page tells people whose browser sent no certificate about where they get one.',
      allowed: `a text of at most ${maxHelp} characters`,
      byDefault: 'nothing is said',
      test: (value) => value.length <= maxHelp,
    }),
  },
)

/** `[[listen.http.handlers.signet_chat_handler]]` with its defaults. */
export function resolveChat(values: z.output<typeof chatSection>): ChatOptions {
  return { certificateHelp: values.certificate_help ?? null }
}

/** The path of a file below the page's. */
export function below(path: string, name: string): string {
  return `${path === '/' ? '' : path}/${name}`
}
