/**
 * `npm run bench:soak [-- --minutes 30 --rate 40 --seed 1 --out soak.json --node-option=--heapsnapshot-signal=SIGUSR2]`: a
 * server under a crowd for half an hour. `--heap` weighs the live heap each minute, which pauses the server for as long
 * as a full garbage collection takes. Needs `npm run build`. The exit code is 0 only if nothing was left behind and
 * nothing went wrong; whether memory is flat is for the reader of the slope.
 */

import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { faultsOf, formatReport } from './report.ts'
import { runSoak } from './run.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    rate: { type: 'string' },
    seed: { type: 'string', default: '1' },
    main: { type: 'string', default: join(import.meta.dirname, '../../dist/main.js') },
    out: { type: 'string' },
    heap: { type: 'boolean', default: false },
    'node-option': { type: 'string', multiple: true, default: [] },
  },
})

if (!existsSync(values.main)) throw new Error(`${values.main} is missing: npm run build`)
const outcome = await runSoak({
  minutes: Number(values.minutes),
  rate: values.rate === undefined ? null : Number(values.rate),
  seed: Number(values.seed),
  main: values.main,
  nodeOptions: [...values['node-option'], ...(values.heap ? ['--inspect=127.0.0.1:0'] : [])],
  say: (line) => void process.stderr.write(`${line}\n`),
})
if (values.out !== undefined) await writeFile(values.out, `${JSON.stringify(outcome)}\n`)
const faults = faultsOf(outcome)
process.stdout.write(`${formatReport(outcome)}\n${faults.map((fault) => `\nFAULT: ${fault}\n`).join('')}`)
process.exitCode = faults.length > 0 ? 1 : 0
