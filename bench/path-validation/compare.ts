/**
 * `npm run compare:paths`: our path validation beside OpenSSL's on many generated chains; by Node's OpenSSL in a handshake
 * and by this machine's in a batch. Exit code 1 when ours takes a chain that either refuses, or refuses one for
 * a reason that is not on the list.
 */

import { parseArgs } from 'node:util'
import { answerOf, answerOfTls, compareAnswers, type OpenSslAnswer } from '../../test/support/path-comparison.ts'
import { randomChains } from '../../test/support/pki/random-chains.ts'
import { createTlsOracle } from '../../test/support/tls-oracle.ts'
import { openBatchOracle } from './batch-oracle.ts'
import { createTally, printTally } from './tally.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '20261122' },
    count: { type: 'string', default: '20000' },
    /** How many of them go through a handshake as well; all if left out. */
    handshakes: { type: 'string' },
  },
})
const seed = wholeNumber('seed', values.seed)
const count = wholeNumber('count', values.count)
const handshakes = values.handshakes === undefined ? count : wholeNumber('handshakes', values.handshakes)
/** Lines told of one kind. */
const maxLines = 20

await using batch = await openBatchOracle()
const tls = createTlsOracle()
const byTls = createTally(`OpenSSL ${process.versions.openssl} in a handshake`)
const byBatch = createTally(batch.version)
const different: string[] = []

const startedAt = performance.now()
let number = 0
for (const chain of randomChains(seed, count)) {
  const ours = answerOf(chain)
  const compare = (tally: typeof byTls, theirs: OpenSslAnswer): void =>
    tally.count(chain.changes, compareAnswers(ours, theirs), () => `${chain.what} | ours: ${ours} | OpenSSL: ${theirs}`)
  const inBatch = await batch.ask(chain.trusted.map(derOf), chain.sentDer)
  compare(byBatch, inBatch)
  if (number < handshakes) {
    const inHandshake = answerOfTls(await tls.ask(chain.trusted, chain))
    compare(byTls, inHandshake)
    const isSame = inHandshake === inBatch || inHandshake === 'unsendable'
    if (!isSame)
      different.push(`${chain.what} | in a handshake: ${inHandshake} | in the batch: ${inBatch} | ours: ${ours}`)
  }
  number += 1
  if (number % 1000 === 0) process.stderr.write(`${number} of ${count}\n`)
}

const seconds = Math.round((performance.now() - startedAt) / 1000)
process.stdout.write(
  `seed ${seed}, ${count} chains, ${handshakes} of them in handshakes, ${seconds} s, Node ${process.version}\n\n`,
)
const defects = [byBatch, byTls].flatMap((tally) => {
  process.stdout.write(`${printTally(tally)}\n`)
  return tally.defects
})
tell(`chains on which the two OpenSSL differ: ${different.length}`, different)
tell(`defects: ${defects.length}`, defects)
process.exitCode = defects.length === 0 ? 0 : 1

function tell(heading: string, lines: readonly string[]): void {
  process.stdout.write(`${[heading, ...lines.slice(0, maxLines)].join('\n  ')}\n`)
}

function wholeNumber(name: string, text: string): number {
  const found = Number(text)
  if (!Number.isSafeInteger(found) || found < 0) throw new RangeError(`--${name} takes a whole number, not ${text}`)
  return found
}

function derOf(pem: string): Uint8Array {
  return Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
}
