/** What the store has acknowledged is there after `kill -9` in the middle of the work. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, it } from 'node:test'
import { defaultLocalLimits } from '../../src/session/local/limits.ts'
import { openStore } from '../../src/session/local/store/store.ts'

/** More rounds for a longer look: SIGNET_CRASH_ROUNDS=100. */
const rounds = Number(process.env['SIGNET_CRASH_ROUNDS'] ?? 3)
const writer = join(import.meta.dirname, 'crash-writer.ts')
const owner = 'alice@localhost'

const folder = mkdtempSync(join(tmpdir(), 'signet-crash-'))
after(() => rmSync(folder, { recursive: true }))
const path = join(folder, 'crash.sqlite')

/** Lets the writer work until it has acknowledged `count` steps, kills it, and returns the last it acknowledged. */
async function workAndKill(round: number, count: number): Promise<number> {
  const child = spawn(process.execPath, [writer, path, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  let last = -1
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line)
    if (last === count) child.kill('SIGKILL')
  }
  assert.deepEqual(await exited, [null, 'SIGKILL'])
  return last
}

it(`nothing acknowledged is lost, and nothing is half there, in ${rounds} rounds`, {
  timeout: 5_000 + rounds * 10_000,
}, async () => {
  const acknowledged: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    acknowledged.push(await workAndKill(round, 5 + ((round * 7) % 50)))
    const opened = openStore(path, defaultLocalLimits)
    assert.ok(opened.ok, 'the file opens after the crash')
    const store = opened.value
    const names = new Set(store.roster.items(owner).map(({ name }) => name))
    const messages = new Set(store.offline.list(owner).map(({ markup }) => /id='([^']+)'/.exec(markup)?.[1]))
    for (const [past, last] of acknowledged.entries()) {
      for (let n = 0; n <= last; n += 1) {
        assert.ok(names.has(`${past}-${n}`), `roster item ${past}-${n}`)
        assert.ok(messages.has(`${past}-${n}`), `message ${past}-${n}`)
      }
      assert.ok(
        Number(store.privateXml.find(owner, 'last', `urn:round:${past}`)) >= last,
        `private data of round ${past}`,
      )
    }
    assert.equal(store.roster.version(owner).split('-')[1], String(names.size), 'one version for each item')
    store.close()
  }
})
