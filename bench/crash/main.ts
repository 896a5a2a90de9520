/**
 * `npm run bench:crash [-- --rounds 100 --seed 1]`: kills a working server and looks at what it kept. Needs
 * `npm run build`. The exit code is 0 only if nothing that was acknowledged was lost, and nothing came back.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runCrashes } from './run.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    main: { type: 'string', default: join(import.meta.dirname, '../../dist/main.js') },
  },
})

if (!existsSync(values.main)) throw new Error(`${values.main} is missing: npm run build`)
const began = performance.now()
const { faults, messages, ...totals } = await runCrashes({
  rounds: Number(values.rounds),
  seed: Number(values.seed),
  main: values.main,
  say: (line) => void process.stderr.write(`${line}\n`),
})
process.stdout.write(
  `- **Crashes**: ${totals.rounds}, seed ${values.seed}, in ${((performance.now() - began) / 1000).toFixed(0)} s.
- **Acknowledgements** before them: ${totals.acknowledged}.
- **Changes without an answer** at the kill: ${totals.applied} were there afterwards, ${totals.dropped} were not.
- **Messages**: ${messages.accepted} accepted, ${messages.kept} of them kept for receivers who were away; ${messages.received} came, ${messages.repeated} came once more; ${messages.lostOnTheWay} were on their way to a receiver who was there, and went down with the server.
- **Faults**: ${faults.length}.
${faults.map((fault) => `  - ${fault}\n`).join('')}`,
)
process.exitCode = faults.length > 0 ? 1 : 0
