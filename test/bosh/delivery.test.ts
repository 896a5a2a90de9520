/** Nothing is lost, nothing comes twice, nothing out of order, and nothing counts as taken that did not arrive. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { LossyClient, type Move, moves } from './lossy-client.ts'
import { carrying, Scene, terminal, usual } from './scene.ts'

const bare = (id: string) => `<message id='${id}'/>`
const qualified = (id: string) => `<message xmlns='jabber:client' id='${id}'/>`

const move: fc.Arbitrary<Move> = fc.tuple(fc.constantFrom(...moves), fc.nat({ max: 3 }))

describe('whatever the network does', () => {
  const rows = [
    { hold: 1, requests: 2, acks: false },
    { hold: 1, requests: 2, acks: true },
    { hold: 2, requests: 3, acks: false },
    { hold: 2, requests: 3, acks: true },
    { hold: 0, requests: 2, acks: false },
  ]
  for (const { hold, requests, acks } of rows) {
    it(`both sides hear all of it, once and in order (hold ${hold}${acks ? ', with acks' : ''})`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(move, { minLength: 10, maxLength: 80 }), async (sequence) => {
          const attributes = `${usual.replace("hold='1'", `hold='${hold}'`)}${acks ? " ack='1'" : ''}`
          // The session outlives every wait of the sequence.
          const scene = await Scene.begin({ attributes, terms: { serverAcks: acks, inactivityMs: 3_600_000 } })
          const client = new LossyClient(scene, requests, acks)
          for (const one of sequence) await client.make(one)
          await client.finish()
          assert.deepEqual(client.heard, client.written)
          assert.deepEqual(scene.read, client.said)
          assert.deepEqual(client.taken, client.written.slice(0, client.taken.length))
          assert.equal(scene.end, null)
        }),
        { numRuns: 250, seed: 124 },
      )
    })
  }
})

describe('what was sent counts as taken', () => {
  const begin = async (attributes = '') => {
    const scene = await Scene.begin({ attributes: `${usual} ${attributes}` })
    const taken: string[] = []
    const write = (id: string) => scene.write(bare(id), () => void taken.push(id))
    return { scene, taken, write }
  }

  it('with the next request for nothing, not before', async () => {
    const { scene, taken, write } = await begin()
    await scene.ask(1)
    await write('a')
    assert.deepEqual(taken, [])
    await scene.ask(2)
    assert.deepEqual(taken, ['a'])
  })

  it('not with a request that has something to say, which may have crossed it', async () => {
    const { scene, taken, write } = await begin()
    await scene.ask(1)
    await write('a')
    await scene.ask(2, '', qualified('x'))
    await scene.ask(3, '', qualified('y'))
    assert.deepEqual(taken, [])
    await scene.ask(4, '', qualified('z'))
    assert.deepEqual(taken, ['a'])
  })

  it('not with a repeat', async () => {
    const { scene, taken, write } = await begin()
    await scene.ask(1)
    await write('a')
    assert.equal((await scene.ask(1)).text, carrying(qualified('a')))
    assert.deepEqual(taken, [])
  })

  it('when it is acknowledged', async () => {
    const { scene, taken, write } = await begin("ack='1'")
    await scene.ask(1)
    await write('a')
    await scene.ask(2, "ack='1000'", qualified('x'))
    await write('b')
    assert.deepEqual(taken, [])
    await scene.ask(3, "ack='1001'", qualified('y'))
    assert.deepEqual(taken, ['a'])
    await scene.ask(4)
    assert.deepEqual(taken, ['a', 'b'])
  })

  it('not by an acknowledgement of what was never said', async () => {
    const { scene, taken, write } = await begin("ack='1'")
    await scene.ask(1)
    await write('a')
    await scene.ask(2, "ack='999999'", qualified('x'))
    assert.deepEqual(taken, [])
  })

  it('when the client leaves in order', async () => {
    const { scene, taken, write } = await begin()
    await scene.ask(1)
    await write('a')
    await scene.ask(2, "type='terminate'")
    assert.deepEqual(taken, ['a'])
  })

  it('not when the client leaves in order and the answer is known to be cut off', async () => {
    const { scene, taken, write } = await begin()
    const one = await scene.ask(1)
    await write('a')
    await scene.lose(one)
    await scene.ask(2, "type='terminate'")
    assert.deepEqual(taken, [])
  })

  it('never when the client stays away', async () => {
    const { scene, taken, write } = await begin()
    await scene.ask(1)
    await write('a')
    await write('b')
    await scene.clock.pass(30_000)
    assert.deepEqual([taken, scene.end], [[], { kind: 'expired' }])
  })

  it('never when it comes behind the goodbye', async () => {
    const { scene, taken, write } = await begin()
    const one = await scene.ask(1)
    void scene.transport.close({ condition: 'system-shutdown' })
    await write('a')
    assert.deepEqual([taken, one.text], [[], terminal('system-shutdown')])
  })
})

describe('a client that does not fetch', () => {
  it('has whoever writes to it wait', async () => {
    const scene = await Scene.begin()
    const large = `<message id='l'><body>${'x'.repeat(40_000)}</body></message>`
    let written = 0
    for (let times = 0; times < 3; times += 1)
      void Promise.resolve(scene.transport.write(large)).then(() => (written += 1))
    await scene.clock.settle()
    assert.equal(written, 1)
    await scene.ask(1)
    assert.equal(written, 1)
    await scene.ask(2)
    assert.equal(written, 3)
  })

  it('leaves nobody waiting when it is given up', async () => {
    const scene = await Scene.begin()
    const waiting = scene.transport.write(`<message id='l'><body>${'x'.repeat(80_000)}</body></message>`)
    await scene.clock.pass(30_000)
    await waiting
    assert.deepEqual(scene.end, { kind: 'expired' })
  })

  it('falls too far behind when it acknowledges nothing', async () => {
    const scene = await Scene.begin({ attributes: `${usual} ack='1'` })
    await scene.ask(1)
    await scene.write(bare('a'), () => undefined)
    for (let offset = 2; offset <= 3; offset += 1) await scene.ask(offset, "ack='1000'", qualified('x'))
    assert.equal(scene.end, null)
    for (let offset = 4; scene.end === null && offset < 9; offset += 1) {
      await scene.ask(offset, "ack='1000'", qualified('x'))
    }
    assert.deepEqual(scene.end, {
      kind: 'violated',
      condition: 'policy-violation',
      why: 'answers are neither acknowledged nor asked for again',
    })
  })
})
