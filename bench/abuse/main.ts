/**
 * `npm run bench:abuse`: each attack for some seconds while two hundred honest users chat and log in. Prints, for each, the
 * server's memory, what the honest saw before and during it, and how the attackers' connections ended.
 * `-- --seconds N --only TEXT`.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createAuthority, issue, issueServer } from '../../test/support/pki/certificate.ts'
import { cn, dns, xmppAddr } from '../../test/support/pki/names.ts'
import { type LoadedSignet, startSignet } from '../overload/signet-under-load.ts'
import { type BenchPki, domain, issueClient } from '../pki.ts'
import { anonymousKbOf } from '../process-tree.ts'
import { type Attack, allAttacks } from './attacks.ts'
import { clientCount, type Endings, type HonestReport, type Times } from './reports.ts'

const manyNames = 2_000
const quietMs = 3_000
const sampleMs = 100

const heading = `| attack | connections | server MB before → highest | login p50 / p99 ms before | during | message p50 / p99 ms before | during | honest failures | ends right / turned away / wrong |
|---|---|---|---|---|---|---|---|---|
`

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '8' }, only: { type: 'string', default: '' } },
})

interface Outcome {
  readonly attack: Attack
  readonly before: HonestReport
  readonly during: HonestReport
  readonly memoryMb: { readonly before: number; readonly highest: number }
  readonly endings: Endings
  readonly alive: boolean
}

const directory = await mkdtemp(join(tmpdir(), 'signet-abuse-'))
try {
  const { pki, crowd } = await makeFiles(join(directory, 'pki'))
  await using server = await startSignet(pki, directory, { listener: [] })
  await using honest = await startHonest(pki, server)
  process.stdout.write(heading)
  let wrong = 0
  for (const attack of allAttacks.filter(({ name }) => name.includes(values.only))) {
    const outcome = await observe(attack, server, honest, pki, crowd)
    process.stdout.write(row(outcome))
    wrong += outcome.alive ? wrongEndings(outcome) : 1
  }
  const log = await readFile(server.logFile, 'latin1')
  process.stdout.write(`\nserver log: ${log.length} bytes, faults: ${log.split('"signet_fault"').length - 1}\n`)
  if (wrong > 0) process.exitCode = 1
} finally {
  await rm(directory, { recursive: true, force: true })
}

async function makeFiles(at: string): Promise<{ pki: BenchPki; crowd: string }> {
  const clients = join(at, 'clients')
  await mkdir(clients, { recursive: true })
  const authority = createAuthority({ name: 'Abuse CA' })
  const own = issueServer(authority, [dns(domain)], domain)
  const write = async (name: string, text: string) => {
    await writeFile(join(at, name), text)
    return join(at, name)
  }
  for (let user = 0; user < clientCount + 20; user += 1) {
    const { pem, keyPem } = issueClient(authority, user)
    await write(`clients/u${user}.pem`, `${pem}${keyPem}`)
  }
  const names = Array.from({ length: manyNames }, (_, index) => xmppAddr(`u${index}@${domain}`))
  const { pem, keyPem } = issue(authority, { subject: [cn('crowd')], san: names })
  const pki: BenchPki = {
    ca: await write('ca.pem', authority.pem),
    serverCertificate: await write('server.pem', own.pem),
    serverKey: await write('server.key', own.keyPem),
    serverBoth: '',
    clients,
    strangers: '',
    clientCount,
  }
  return { pki, crowd: await write('crowd.pem', `${pem}${keyPem}`) }
}

interface Honest extends AsyncDisposable {
  /** What they have seen since the last report. */
  report(): Promise<HonestReport>
}

async function startHonest(pki: BenchPki, server: LoadedSignet): Promise<Honest> {
  const script = join(import.meta.dirname, 'honest.ts')
  const child = spawn(process.execPath, [script, pki.clients, String(server.port), String(server.directPort)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  if ((await lines.next()).done === true) throw new Error('the honest users could not log in')
  return {
    report: async () => {
      child.stdin.write('\n')
      const { value, done } = await lines.next()
      if (done === true) throw new Error('the honest users are gone')
      return JSON.parse(value) as HonestReport
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end()
      await ended(child)
    },
  }
}

async function observe(
  attack: Attack,
  server: LoadedSignet,
  honest: Honest,
  pki: BenchPki,
  crowd: string,
): Promise<Outcome> {
  await honest.report()
  await sleep(quietMs)
  const before = await honest.report()
  const memoryBefore = anonymousKbOf(server.pid)
  let highest = memoryBefore
  const sampler = setInterval(() => {
    highest = Math.max(highest, anonymousKbOf(server.pid))
  }, sampleMs)
  const endings = await runAttackers(attack, server, pki, crowd)
  const during = await honest.report()
  clearInterval(sampler)
  await sleep(quietMs)
  const after = await honest.report()
  const mb = (kilobytes: number) => Math.round(kilobytes / 1024)
  return {
    ...{ attack, before, during, endings },
    memoryMb: { before: mb(memoryBefore), highest: mb(highest) },
    alive: after.logins.count > 0,
  }
}

async function runAttackers(attack: Attack, server: LoadedSignet, pki: BenchPki, crowd: string): Promise<Endings> {
  const ports = [String(server.port), String(server.directPort)]
  const user = join(pki.clients, `u${clientCount}.pem`)
  const args = [join(import.meta.dirname, 'attackers.ts'), attack.name, values.seconds, ...ports, user, crowd]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
  })
  await ended(child)
  return JSON.parse(text) as Endings
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  await new Promise((resolve) => child.once('close', resolve))
}

/** Endings that are neither right nor a refusal to begin with. */
function wrongEndings({ attack, endings }: Outcome): number {
  const turnedAway = (ending: string) => ending === 'closed' || ending.startsWith('fault: ')
  return Object.entries(endings).reduce(
    (sum, [ending, count]) => (attack.endings.includes(ending) || turnedAway(ending) ? sum : sum + count),
    0,
  )
}

function row(outcome: Outcome): string {
  const { attack, before, during, memoryMb, endings, alive } = outcome
  const pair = ({ p50, p99 }: Times) => `${p50.toFixed(1)} / ${p99.toFixed(1)}`
  const right = attack.endings.reduce((sum, ending) => sum + (endings[ending] ?? 0), 0)
  const all = Object.values(endings).reduce((sum, count) => sum + count, 0)
  const wrong = wrongEndings(outcome)
  const failures = during.logins.failed + during.messages.failed
  const cells = [
    attack.name,
    attack.connections,
    `${memoryMb.before} → ${memoryMb.highest}`,
    pair(before.logins),
    pair(during.logins),
    pair(before.messages),
    pair(during.messages),
    failures,
    `${right} / ${all - right - wrong} / ${wrong}${alive ? '' : ' **dead**'}`,
  ]
  if (wrong > 0 || all - right > 0) process.stderr.write(`${attack.name}: ${JSON.stringify(endings)}\n`)
  return `| ${cells.join(' | ')} |\n`
}
