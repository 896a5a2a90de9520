/** The files of the chat page, read once: a fixed table, so that no path of a request is ever a path of the disk. */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { reasons } from '../../observe/reasons.ts'
import { type ChatFile, chatFiles } from './chat-options.ts'

/** One file as it is sent. */
export interface ChatAsset {
  readonly body: Buffer
  readonly type: string
  /** Strong entity tag (RFC 9110 §8.8.3). */
  readonly etag: string
}

/** Every file by its name below the handler's path; the page itself has the empty name. */
export type ChatAssets = Readonly<Record<ChatFile, ChatAsset>>

const types = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml; charset=utf-8',
  json: 'application/json; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
} as const

/** Three folders up from here is the package, in the source and when compiled. */
const pageFolder = fileURLToPath(new URL('../../../src/chat/', import.meta.url))

/** Reads the page's files and those of strophe.js. Throws when one is not there. */
export function readChatAssets(): ChatAssets {
  const strophe = dirname(createRequire(import.meta.url).resolve('strophe.js/package.json'))
  const elsewhere: Partial<Record<ChatFile, () => Buffer>> = {
    '': () => readFileSync(join(pageFolder, 'index.html')),
    'strophe.js': () => readFileSync(join(strophe, 'dist', 'strophe.umd.min.js')),
    'strophe.license.txt': () => readFileSync(join(strophe, 'LICENSE.txt')),
    'reasons.json': () => Buffer.from(JSON.stringify(reasons)),
  }
  const assets = chatFiles.map((name): [ChatFile, ChatAsset] => {
    const body = elsewhere[name]?.() ?? readFileSync(join(pageFolder, name))
    const hash = createHash('sha256').update(body).digest('base64url')
    return [name, { body, type: typeOf(name), etag: `"${hash}"` }]
  })
  return Object.fromEntries(assets) as ChatAssets
}

function typeOf(name: ChatFile): string {
  const ending = name === '' ? 'html' : name.slice(name.lastIndexOf('.') + 1)
  const found = Object.entries(types).find(([each]) => each === ending)
  if (found === undefined) throw new TypeError(`no media type for ${name}`)
  return found[1]
}
