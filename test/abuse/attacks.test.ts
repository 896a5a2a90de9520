/** A short form of every attack of `bench/abuse`: each ends as it must, and leaves nothing behind. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Attack, busyAttacks, waitingAttacks } from '../../bench/abuse/attacks.ts'
import type { Victim } from '../../bench/abuse/wire.ts'
import { type Catalogue, createCatalogue } from '../support/pki/catalogue.ts'
import { type Certificate, issue } from '../support/pki/certificate.ts'
import { cn, xmppAddr } from '../support/pki/names.ts'
import { startServer, type TestServer } from '../support/server.ts'

const domain = 'signet.example'
const attackers = 3
const manyNames = 2_000

let catalogue: Catalogue
let crowd: Certificate
/** Gives up clients that let it wait. */
let impatient: TestServer
let patient: TestServer

before(async () => {
  catalogue = createCatalogue(domain)
  impatient = await startServer({
    catalogue,
    c2s: { stateTimeoutMs: 1_000, loginTimeoutMs: 5_000 },
    tls: { handshakeTimeoutMs: 1_000 },
  })
  patient = await startServer({ catalogue })
  const names = Array.from({ length: manyNames }, (_, index) => xmppAddr(`user${index}@${domain}`))
  crowd = issue(catalogue.root, { subject: [cn('crowd')], san: names })
})

after(async () => {
  await impatient[Symbol.asyncDispose]()
  await patient[Symbol.asyncDispose]()
})

function victimOf(server: TestServer): Victim {
  const user = catalogue.get('one')
  return {
    ports: { starttls: server.portOf('starttls'), direct: server.portOf('direct') },
    domain,
    user: { cert: user.chainPem, key: user.keyPem },
    manyNames: { cert: crowd.pem, key: crowd.keyPem },
    source: () => '127.0.0.2',
    stepMs: 20,
  }
}

function endsAsItMust(attack: Attack, server: () => TestServer): void {
  test(attack.name, async () => {
    const victim = victimOf(server())
    const endings = await Promise.all(Array.from({ length: attackers }, () => attack.run(victim)))
    assert.deepEqual(
      endings.filter((ending) => !attack.endings.includes(ending)),
      [],
    )
  })
}

describe('an attack that lets the server wait ends as it must', { concurrency: true }, () => {
  for (const attack of waitingAttacks) endsAsItMust(attack, () => impatient)
})

describe('an attack that gives it work ends as it must', { concurrency: true }, () => {
  for (const attack of busyAttacks) endsAsItMust(attack, () => patient)
})

for (const [name, server] of [
  ['impatient', () => impatient],
  ['patient', () => patient],
] as const) {
  test(`nothing of them is left at the ${name} server`, async () => {
    const { log } = server()
    const count = (event: string) => log.entries.filter((entry) => entry.event === event).length
    while (count('connection_closed') < count('connection_opened')) {
      const before = count('connection_closed')
      await log.until('connection_closed', () => count('connection_closed') > before)
    }
    assert.equal(count('connection_closed'), count('connection_opened'))
    assert.equal(count('signet_fault'), 0)
  })
}
