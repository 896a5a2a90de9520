/**
 * A server that tells what keeps its process alive: `resources` on standard input is answered with the names of all
 * active resources, sorted; `reload` reads the configuration and its files again; `stop` stops the app and lets go of standard input. What the process does then is its own
 * affair: nothing here ends it. Argument: the configuration file.
 */

import { createInterface } from 'node:readline'
import { createApp } from '../../src/app.ts'
import { readAll } from '../../src/cli/read-all.ts'
import { silentLog } from '../../src/observe/log.ts'

const [, , file = ''] = process.argv
const read = () => {
  const { options } = readAll(file)
  if (options === null) throw new Error(`${file} cannot be used`)
  return options
}
const app = createApp({ options: read(), log: silentLog })
const started = await app.start()
if (!started.ok) throw new Error(JSON.stringify(started.error))
const say = (message: object): void => void process.stdout.write(`${JSON.stringify(message)}\n`)

const lines = createInterface({ input: process.stdin })
lines.on('line', async (line) => {
  if (line === 'resources') say({ resources: process.getActiveResourcesInfo().sort() })
  if (line === 'reload') say({ reloaded: (await app.reload(read())).ok })
  if (line !== 'stop') return
  await app.stop()
  say({ stopped: true })
  lines.close()
  process.stdin.destroy()
})
say({ ports: started.value.map(({ port }) => port) })
