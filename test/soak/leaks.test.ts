/** When the last client is gone nothing is left of any: no handle, no timer, no open file; and a stopped server ends by itself. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { filesOf } from '../../bench/soak/samples.ts'
import { domain, openSite, type SoakSite } from '../../bench/soak/site.ts'
import { createTally } from '../../bench/soak/tally.ts'
import { enrollAll, type Pair, type Place, visitKinds } from '../../bench/soak/visits.ts'
import { type Child, startChild } from '../clients/child.ts'
import { createRandom } from '../support/pki/random.ts'
import { connectSecure } from '../support/xmpp-client.ts'

const script = join(import.meta.dirname, '../../bench/soak/in-process-server.ts')
const pairCount = 8
/** Visits of each kind to each pair; half of them at the same time as others. */
const visitsOfKind = 3
const seed = 20_261_122
/** How long the server may take to be done with what is gone, milliseconds. A deadline, not a measure. */
const settleMs = 60_000

interface Held {
  readonly resources: readonly unknown[]
  readonly files: Record<string, number>
}

/** What the server holds at this moment. */
async function look(child: Child, round: number): Promise<Held> {
  const isAnswer = (event: Readonly<Record<string, unknown>>) => 'resources' in event
  const before = child.events.filter(isAnswer).length
  child.say('resources')
  const answer = await child.next(`answer ${round}`, (event) => child.events.filter(isAnswer).indexOf(event) === before)
  return { resources: answer['resources'] as unknown[], files: filesOf(child.pid ?? 0) }
}

/** Looks until the server holds exactly this, or it has had its time. */
async function lookUntil(child: Child, due: Held): Promise<Held> {
  const deadline = performance.now() + settleMs
  for (let round = 0; ; round += 1) {
    const held = await look(child, round)
    if (JSON.stringify(held) === JSON.stringify(due) || performance.now() > deadline) return held
    await sleep(50)
  }
}

async function visitAll(site: SoakSite, ports: Place['ports']): Promise<Place['tally']> {
  const tally = createTally()
  const place: Place = {
    ports,
    tally,
    site,
    random: createRandom(seed),
    maxPauseMs: 100,
    waitsForTimeouts: false,
  }
  await enrollAll(place)
  const pairs = site.people.flatMap((a, at): Pair[] => {
    const b = site.people[at + 1]
    return at % 2 === 0 && b !== undefined ? [[a, b]] : []
  })
  for (let round = 0; round < visitsOfKind; round += 1) {
    for (const { name, run } of visitKinds) {
      await Promise.all(pairs.map((pair) => run(place, pair).catch((cause: unknown) => tally.surprise(name, cause))))
    }
  }
  return tally
}

test('after every kind of visit the server holds what it held before the first client, and stops by itself', async () => {
  await using site = await openSite(pairCount * 2)
  await using child = startChild({ name: 'server', command: process.execPath, args: [script, site.config] })
  const [starttls = 0, direct = 0, strict = 0] = (await child.next('ports', (event) => 'ports' in event))[
    'ports'
  ] as number[]
  const ports = { starttls, direct, strict }
  const idle = await look(child, 0)
  assert.ok(idle.resources.includes('TCPServerWrap'), 'it listens')

  {
    using _ = await connectSecure({ port: direct, door: 'direct', domain })
    const busy = await look(child, 0)
    assert.ok(busy.resources.length > idle.resources.length, 'a connection is seen')
    assert.ok((busy.files['socket'] ?? 0) > (idle.files['socket'] ?? 0), 'its socket is seen')
  }

  const visits = visitAll(site, ports)
  await site.renewServer()
  child.say('reload')
  await child.next('the reload', (event) => event['reloaded'] === true)
  assert.deepEqual((await visits).surprises, { total: 0, groups: {}, first: [] })
  const left = await lookUntil(child, idle)
  assert.deepEqual(left, idle)

  child.say('stop')
  await child.next('the stop', (event) => event['stopped'] === true)
  assert.equal(await child.ended, 0)
})
