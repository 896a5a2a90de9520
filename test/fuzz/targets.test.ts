/** The quick run: every input that failed once, and some thousands of a fixed seed. `npm run fuzz` is the long one. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { batchInputs, type FuzzTarget, faultOf, runBatch } from './target.ts'
import { targets } from './targets.ts'
import { readVectors } from './vectors.ts'

const seed = 20_260

for (const [name, create] of Object.entries(targets)) {
  describe(`fuzz: ${name}`, () => {
    let target: FuzzTarget
    before(() => {
      target = create()
    })
    after(() => target[Symbol.asyncDispose]())

    it('finds nothing in inputs that failed once', async () => {
      for (const { name: vector, input } of readVectors(name)) {
        assert.equal(await faultOf(target, input), null, `test/fuzz/vectors/${name}/${vector}`)
      }
    })

    it('finds nothing in inputs of a fixed seed', async () => {
      for (let done = 0, batch = 0; done < target.quickInputs; done += batchInputs, batch += 1) {
        const failures = await runBatch(target, seed, batch, Math.min(batchInputs, target.quickInputs - done))
        assert.deepEqual(
          failures.map(({ input, why }) => `${why} in batch ${batch}: ${Buffer.from(input).toString('hex')}`),
          [],
        )
      }
    })
  })
}
