/**
 * `npm run bench:backends [-- LOGINS-A-SECOND SECONDS ROUNDS]`: what a whole login by certificate costs with each backend,
 * and how much more that is than with `pki`. One server each, its processor time for each login at a steady rate; they
 * take turns, and the differences are taken within a round.
 */

import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { generateLoad } from '../generator.ts'
import { type BenchPki, makePki } from '../pki.ts'
import { cpuMsOf } from '../process-tree.ts'
import { buildPrograms } from '../programs.ts'
import { orderOf } from '../rounds.ts'
import type { BenchServer, Site } from '../servers/server.ts'
import { buildSignet, createSignet } from '../servers/signet.ts'
import { medianOf, spreadOf } from '../statistics.ts'
import { authSections } from './auth-sections.ts'
import type { KnownAccount } from './service.ts'
import { startServices } from './start-services.ts'

const [rate = 200, seconds = 1, rounds = 40] = process.argv.slice(2).map(Number)
const users = 400
/** Of each server before the first round, as fast as they go: what is compiled at run time is compiled. */
const warmUpLogins = 12_000
/** Logins before each turn that count for nothing. */
const leadIn = 50
/** More than are ever under way at the rate, unless something is stuck. */
const concurrency = 64

/** One server's share of a round. */
interface Turn {
  /** Milliseconds of processor for each login. */
  readonly cpuMs: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const root = dirname(dirname(import.meta.dirname))
const tell = (text: string): void => void process.stderr.write(`${text}\n`)

await mkdir(join(root, 'var'), { recursive: true })
// Inside the checkout, where a compiled Signet finds its modules.
const directory = await mkdtemp(join(root, 'var/bench-'))
try {
  print(await measure())
} finally {
  await rm(directory, { recursive: true, force: true })
}

async function measure(): Promise<Map<string, Turn[]>> {
  await using owned = new AsyncDisposableStack()
  tell('building')
  const pki = await makePki(join(directory, 'pki'), users)
  const site = {
    ...{ pki, directory, root, node: process.execPath },
    programs: await buildPrograms(join(directory, 'bin')),
    signetMain: await buildSignet(root, join(directory, 'signet'), process.execPath),
  }
  const services = owned.use(await startServices(await accountsOf(pki)))
  const servers = new Map<string, BenchServer>()
  for (const [name, auth] of await authSections(services, directory)) {
    tell(`warm-up: ${name}`)
    const server = owned.use(await start(name, auth, site))
    servers.set(name, server)
    await logIn(site, server, { logins: warmUpLogins })
  }
  const turns = new Map<string, Turn[]>([...servers.keys()].map((name) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    tell(`round ${round + 1} of ${rounds}`)
    for (const [name, server] of orderOf([...servers], round)) {
      await logIn(site, server, { logins: leadIn, rate })
      turns.get(name)?.push(await logIn(site, server, { logins: rate * seconds, rate }))
    }
  }
  return turns
}

async function accountsOf(pki: BenchPki): Promise<KnownAccount[]> {
  return await Promise.all(
    Array.from({ length: users }, async (_, index) => {
      const [pem = ''] = (await readFile(join(pki.clients, `u${index}.pem`), 'utf8')).split(
        /(?<=-----END CERTIFICATE-----\n)/,
      )
      return { user: `u${index}`, pem, der: pem.replace(/-----.*-----|\n/g, '') }
    }),
  )
}

async function start(name: string, auth: string, site: Site): Promise<BenchServer> {
  const own = join(site.directory, `server-${name.replace(/\W/g, '-')}`)
  await mkdir(own)
  return await createSignet([], 'starttls', auth).start({ ...site, directory: own })
}

async function logIn(
  { programs, pki }: Site,
  server: BenchServer,
  plan: { logins: number; rate?: number },
): Promise<Turn> {
  const before = cpuMsOf(server.pid)
  const target = { program: programs.loadGenerator, pki, port: server.port }
  const report = await generateLoad(target, plan.rate === undefined ? plan : { ...plan, concurrency })
  const { succeeded, failed, p50Ms, p99Ms } = report
  if (failed > 0 || succeeded === 0) throw new Error(`logins fail: ${JSON.stringify(report)}`)
  return { cpuMs: (cpuMsOf(server.pid) - before) / succeeded, p50Ms, p99Ms }
}

function print(turns: ReadonlyMap<string, readonly Turn[]>): void {
  const [[, base] = ['', []]] = turns
  console.log(
    `${rate} logins a second, ${rounds} rounds of ${rate * seconds} logins each. Milliseconds of processor for a whole login; what\n` +
      'that is more than with pki, median and its 95 % interval; milliseconds until a client is logged in, half and 99 % of them\n',
  )
  for (const [name, all] of turns) {
    const { median, likely } = spreadOf(all.map(({ cpuMs }, round) => cpuMs - (base[round]?.cpuMs ?? Number.NaN)))
    const more = [median, ...likely].map((ms) => ms.toFixed(2).padStart(6))
    const whole = [medianOf(all.map(({ cpuMs }) => cpuMs)).toFixed(2)]
    const until = [medianOf(all.map(({ p50Ms }) => p50Ms)), medianOf(all.map(({ p99Ms }) => p99Ms))]
    console.log([name.padEnd(24), ...whole, ...more, ...until.map((ms) => ms.toFixed(1).padStart(6))].join('  '))
  }
}
