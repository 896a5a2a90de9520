/** The rules of RFC 6455, case by case, on sessions that worked up to then. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { type Arena, openArena } from './arena.ts'
import { text } from './frames.ts'
import { type FramingCase, framingCases } from './framing-cases.ts'
import { RawPeer } from './raw-peer.ts'
import { utf8Cases } from './utf8-cases.ts'

const domain = 'a.example'
const question = `<iq xmlns='jabber:client' type='get' id='alive'><ping xmlns='urn:xmpp:ping'/></iq>`
const answer = /^<iq xmlns='jabber:client' type='result' id='alive'/

describe('frames', () => {
  let arena: Arena
  before(async () => {
    arena = await openArena({ catalogue: createCatalogue(domain), tls: false })
  })
  after(() => arena[Symbol.asyncDispose]())

  const run = async ({ pieces, seen, isOver }: FramingCase) => {
    using peer = await RawPeer.bound(arena.port, domain)
    await peer.write(...pieces)
    if (!isOver) await peer.write(text(question))
    const all = await peer.until(answer)
    assert.deepEqual(isOver ? all : all.slice(0, -1), seen)
    assert.equal(answer.test(all.at(-1) ?? ''), !isOver)
  }
  for (const row of framingCases) it(`${row.id}: ${row.what}`, () => run(row))
  for (const row of utf8Cases) it(`${row.id}: ${row.what}`, () => run(row))
})
