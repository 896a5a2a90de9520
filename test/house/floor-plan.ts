/** The floor plan of the house as data, and the inspector that holds source files to it. */

/** Where a file lives: its room, and the implementation inside of a room that has several. */
export interface Address {
  readonly room: string
  readonly floor: number
  /** `session/local`: something that stands behind a port, known to the composition only. Null elsewhere. */
  readonly implementation: string | null
}

/** Rooms by floor. A room imports rooms of lower floors only; to add a room is to add it here. */
const floors: Readonly<Record<string, number>> = {
  main: 10,
  cli: 9,
  // What other programs import.
  library: 9,
  composition: 8,
  // The demo's little client; it talks to the house from outside.
  hello: 7,
  listener: 7,
  transport: 6,
  stream: 5,
  sasl: 4,
  auth: 3,
  trust: 3,
  certificate: 2,
  session: 2,
  config: 1,
  'development-pki': 1,
  jid: 1,
  observe: 1,
  xml: 1,
  result: 0,
}

/** Files directly in `src/` by room. The composition is one room of several files. */
const rootFiles: Readonly<Record<string, string>> = {
  'src/main.ts': 'main',
  'src/app.ts': 'composition',
  'src/compose.ts': 'composition',
  'src/compose-backends.ts': 'composition',
  'src/compose-http.ts': 'composition',
  'src/compose-https.ts': 'composition',
  'src/compose-proxy.ts': 'composition',
  'src/compose-throttle.ts': 'composition',
  'src/compose-vitals.ts': 'composition',
  'src/explain.ts': 'composition',
  'src/index-external.ts': 'library',
  'src/index.ts': 'library',
  'src/level-log.ts': 'composition',
  'src/host-options.ts': 'composition',
  'src/in-force.ts': 'composition',
  'src/lint-by-backend.ts': 'composition',
  'src/lint-case.ts': 'composition',
  'src/lint-http.ts': 'composition',
  'src/lint-ldap.ts': 'composition',
  'src/lint-logins.ts': 'composition',
  'src/lint-nobody.ts': 'composition',
  'src/lint-own-rules.ts': 'composition',
  'src/lint-pki.ts': 'composition',
  'src/lint-store.ts': 'composition',
  'src/lint-tls.ts': 'composition',
  'src/listen-options.ts': 'composition',
  'src/listeners.ts': 'composition',
  'src/lint.ts': 'composition',
  'src/options.ts': 'composition',
  'src/pool-options.ts': 'composition',
  'src/private-file.ts': 'composition',
  'src/random-id.ts': 'result',
  'src/result.ts': 'result',
  'src/server-config.ts': 'composition',
  'src/server.ts': 'composition',
  'src/signet-error.ts': 'composition',
  'src/version.ts': 'composition',
}

/** Who knows what stands behind ports. */
const insiders = ['composition', 'library']

/** What stands behind a port, with the depth of its folder: `src/session/local/…`, `src/auth/backends/…`. */
const implementations = ['src/session/local/', 'src/session/upstream/', 'src/auth/backends/']

const network = ['node:net', 'node:tls', 'node:http', 'node:https', 'node:http2', 'node:dgram', 'node:dns']
const files = ['node:fs', 'node:fs/promises']

/** Who may use what of Node: folders or files by module. Modules that are not listed are free. */
const permits: readonly { readonly modules: readonly string[]; readonly allowed: readonly string[] }[] = [
  {
    modules: network,
    allowed: [
      'src/listener/',
      'src/transport/',
      'src/session/upstream/',
      'src/auth/backends/',
      'src/auth/pool-tls.ts',
      'src/trust/',
      'src/hello/',
    ],
  },
  {
    modules: files,
    allowed: [
      'src/cli/',
      'src/private-file.ts',
      'src/compose.ts',
      'src/version.ts',
      'src/config/',
      'src/trust/',
      'src/transport/tls-material.ts',
      'src/listener/file-room.ts',
      'src/listener/https/chat-assets.ts',
    ],
  },
  { modules: ['node:sqlite'], allowed: ['src/session/local/', 'src/auth/backends/rdbms/'] },
  { modules: ['node:child_process', 'node:cluster', 'node:worker_threads', 'node:process'], allowed: ['src/cli/'] },
]

/** Who may touch `process`, and who may end it. */
const processAllowed = ['src/main.ts', 'src/cli/']
const exitAllowed = ['src/main.ts']

/** Files that are written by a script; a test of their own compares them with what it writes. */
const generated: ReadonlySet<string> = new Set(['src/server-config.ts'])

/** Lines of a file. */
export const maxLines = 350

/** Everything wrong with a set of source files (path below the project, text), one sentence each, sorted. */
export function inspect(sources: ReadonlyMap<string, string>): string[] {
  const found: string[] = []
  const imports = new Map<string, readonly string[]>()
  for (const [path, text] of sources) {
    const code = withoutComments(text)
    const targets = importsOf(code)
    const own = targets.filter((target) => target.startsWith('.')).map((target) => resolveFrom(path, target))
    imports.set(path, own)
    for (const target of own) found.push(...importFaults(path, target, sources))
    for (const target of targets) found.push(...moduleFaults(path, target))
    found.push(...manners(path, text, code))
  }
  return [...found, ...cycles(imports)].sort()
}

/** The address of a file; null for one that is nowhere in the plan. */
export function addressOf(path: string): Address | null {
  const room = rootFiles[path] ?? /^src\/([^/]+)\//.exec(path)?.[1]
  if (room === undefined) return null
  const floor = floors[room]
  if (floor === undefined) return null
  const folder = implementations.find((prefix) => path.startsWith(prefix))
  return { room, floor, implementation: folder === undefined ? null : implementationName(path, folder) }
}

function implementationName(path: string, folder: string): string {
  if (folder !== 'src/auth/backends/') return folder
  // One file or one folder is one backend.
  return folder + (path.slice(folder.length).split(/[/.]/)[0] ?? '')
}

function importFaults(path: string, target: string, sources: ReadonlyMap<string, string>): string[] {
  if (!sources.has(target)) return [`${path} imports ${target}, which is not there`]
  const from = addressOf(path)
  const to = addressOf(target)
  if (from === null) return [`${path} is in no room of the plan`]
  if (to === null) return [`${path} imports ${target}, which is in no room of the plan`]
  if (to.implementation !== null && to.implementation !== from.implementation && !insiders.includes(from.room)) {
    return [`${path} imports ${target}: only the composition knows what is behind a port`]
  }
  if (from.room === to.room || to.floor < from.floor) return []
  return [`${path} (${from.room}, floor ${from.floor}) imports ${target} (${to.room}, floor ${to.floor})`]
}

function moduleFaults(path: string, target: string): string[] {
  return permits
    .filter(({ modules, allowed }) => modules.includes(target) && !allowed.some((prefix) => path.startsWith(prefix)))
    .map(() => `${path} may not import ${target}`)
}

function manners(path: string, text: string, code: string): string[] {
  const found: string[] = []
  const lines = text.split('\n').length - 1
  // What a script writes from the options is as long as they are.
  if (lines > maxLines && !generated.has(path)) found.push(`${path} has ${lines} lines, more than ${maxLines}`)
  // Declarations of other people's packages say what those packages do.
  if (path.endsWith('.d.ts')) return found
  const words = withoutTexts(code)
  if (/^\s*export\s+default\b|\bas\s+default\b/m.test(words)) found.push(`${path} has a default export`)
  if (/(?::|<|\bas|\||&|=>|,)\s*any\b(?!\s*[(:.'])|\bany\[\]/.test(words)) found.push(`${path} uses the type any`)
  if (/^\s*(?:export\s+)?(?:const\s+)?enum\s/m.test(words)) found.push(`${path} declares an enum`)
  const touches = /\bprocess\s*(?:\.|\[|\?)/.test(words)
  if (touches && !processAllowed.some((prefix) => path.startsWith(prefix))) found.push(`${path} touches process`)
  const ends = /\bprocess\s*\.\s*(?:exit|exitCode|abort|kill|reallyExit)\b/.test(words)
  if (ends && !exitAllowed.includes(path)) found.push(`${path} ends the process`)
  return found
}

const importPattern = /\b(?:from|import)\s*\(?\s*'([^'\n]+)'/g

function importsOf(code: string): string[] {
  return [...code.matchAll(importPattern)].map((match) => match[1] ?? '')
}

function resolveFrom(path: string, target: string): string {
  return new URL(target, `file:///${path}`).pathname.slice(1)
}

/** Comments out, texts kept: `//` inside of a text is not a comment. */
function withoutComments(text: string): string {
  const token = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g
  return text.replace(token, (found) => (found.startsWith('/') ? ' ' : found))
}

/** Texts out; what stands in `${…}` of a template stays. */
function withoutTexts(code: string): string {
  const bare = code.replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''")
  return bare.replace(/`(?:[^`\\]|\\.)*`/g, (template) =>
    [...template.matchAll(/\$\{([^}]*)\}/g)].map((m) => m[1]).join(';'),
  )
}

/** One sentence for each import that closes a ring of files. */
function cycles(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    const seen = trail.indexOf(path)
    if (seen >= 0) found.push(`a ring of imports: ${[...trail.slice(seen), path].join(' → ')}`)
    if (seen >= 0 || done.has(path)) return
    for (const target of imports.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of imports.keys()) visit(path, [])
  return found
}
