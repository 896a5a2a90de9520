/**
 * What method `http` costs a login: processor time of one question over mTLS on kept connections, both forms, at a rate
 * of logins. `node bench/http-backend/main.ts [logins a second] [seconds]`; the service is a process of its own.
 */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createJsonBackend, createMongooseimBackend } from '../../src/auth/backends/http/backend.ts'
import { createHttpPool } from '../../src/auth/backends/http/pool.ts'
import type { AuthBackend, CertificateClaim } from '../../src/auth/contract.ts'
import { createPasswordChecker } from '../../src/auth/passwords/checking.ts'
import { parseCertificate } from '../../src/certificate/facts.ts'
import { readCertificates } from '../../src/compose-http.ts'
import { createServicePki } from '../../test/http-backend/service.ts'
import { issue } from '../../test/support/pki/certificate.ts'
import { xmppAddr } from '../../test/support/pki/names.ts'

const [, , rateText = '200', secondsText = '5', role = 'signet'] = process.argv
const rate = Number(rateText)
const logins = rate * Number(secondsText)

if (role === 'service') await serve()
else await measure()

/** The service: PEM or a verdict, whatever is asked. */
async function serve(): Promise<void> {
  const [parts] = (await once(process, 'message')) as [Record<'cert' | 'key' | 'ca' | 'pem', string>]
  const server = createServer({ ...parts, requestCert: true }, (request, response) => {
    request.resume().once('end', () => {
      if (request.method === 'GET') response.end(parts.pem)
      else response.writeHead(200, { 'content-type': 'application/json' }).end('{"verdict":"allow"}')
    })
  })
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
}

async function measure(): Promise<void> {
  const pki = createServicePki()
  const leaf = issue(pki.ca, { cn: 'Alice', san: [xmppAddr('alice@localhost')] })
  const parsed = parseCertificate(leaf.der)
  if (!parsed.ok) throw new Error(parsed.error.why)
  const jid = { local: 'alice', domain: 'localhost' }
  const claim: CertificateClaim = {
    ...{ kind: 'certificate', jid, via: 'standard', certificate: parsed.value },
    chain: { kind: 'trusted', chain: [] },
  }
  const service = fork(import.meta.filename, [rateText, secondsText, 'service'])
  service.send({ cert: pki.server.pem, key: pki.server.keyPem, ca: pki.ca.pem, pem: leaf.pem.repeat(2) })
  const [port] = await once(service, 'message')
  const tls = { ca: pki.ca.pem, cert: pki.client.pem, key: pki.client.keyPem, servername: 'localhost' }
  const limits = { workers: 10, requestTimeoutMs: 2_000, callTimeoutMs: 5_000 }
  await using pool = createHttpPool({ origin: `https://127.0.0.1:${port}`, tls, ...limits })
  const common = { pool, evidence: ['certificate'], basicAuth: 'signet:secret' } as const
  const passwords = createPasswordChecker({ format: 'scram', hashes: ['sha256'], iterations: 10_000 })
  const forms = {
    mongooseim: createMongooseimBackend({ ...common, pathPrefix: '/', format: 'scram', passwords, readCertificates }),
    json: createJsonBackend({
      ...{ ...common, path: '/judge', secret: 'x'.repeat(40), listener: 'c2s', sendCertificate: false },
      now: Date.now,
    }),
  }
  console.log(`${rate} logins/s, ${logins} of each form, over mTLS`)
  for (const [name, backend] of Object.entries(forms)) console.log(`${name.padEnd(12)}${await run(backend, claim)}`)
  service.kill()
}

/** One figure a line: processor time of a question less that of the idle timer, and its round trip. */
async function run(backend: AuthBackend, claim: CertificateClaim): Promise<string> {
  await paced(1_000, () => judge(backend, claim))
  const idle = await cpuOf(() => paced(logins, async () => 0))
  const times: number[] = []
  const busy = await cpuOf(() => paced(logins, async () => times.push(await judge(backend, claim))))
  times.sort((a, b) => a - b)
  const at = (share: number): string => (times[Math.floor(times.length * share)] ?? Number.NaN).toFixed(2)
  return `${((busy - idle) / logins).toFixed(3)} ms of processor a login; answers in ${at(0.5)} ms (half), ${at(0.99)} ms (99 %)`
}

async function judge(backend: AuthBackend, claim: CertificateClaim): Promise<number> {
  const started = performance.now()
  const call = { deadline: started + 10_000, signal: new AbortController().signal }
  const verdict = await backend.judge(claim, call)
  if (verdict.kind !== 'allow') throw new Error(`${verdict.kind}: ${JSON.stringify(verdict)}`)
  return performance.now() - started
}

async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

/** Starts `count` tasks at the rate, and waits for all. */
async function paced(count: number, task: () => Promise<unknown>): Promise<void> {
  const started = performance.now()
  const tasks: Promise<unknown>[] = []
  while (tasks.length < count) {
    const due = Math.min(count, Math.floor(((performance.now() - started) / 1_000) * rate) + 1)
    while (tasks.length < due) tasks.push(task())
    await new Promise((resolve) => setTimeout(resolve, 1_000 / rate))
  }
  await Promise.all(tasks)
}
