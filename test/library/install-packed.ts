/** The package as npm would publish it, installed without a registry. */

import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { root } from './programs.ts'

const run = promisify(execFile)

/** The compiler. */
export const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>
}

/** Every package that the dependencies of these packages lead to, by the lock file; optional ones left out. */
async function closureOf(names: readonly string[]): Promise<ReadonlySet<string>> {
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, Locked>>
  }
  const found = new Set<string>()
  const waiting = [...names]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue
    found.add(name)
    waiting.push(...Object.keys(packages[`node_modules/${name}`]?.dependencies ?? {}))
  }
  return found
}

/**
 * A program's folder below `base`: the packed package, its command, its declared dependencies with the Node of this machine
 * in `node_modules`, and nothing else but Node's types.
 */
export async function installPacked(base: string): Promise<string> {
  const stage = join(base, 'stage')
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  // `npm test` begins with the type check, which need not be repeated.
  await run(process.execPath, [tsc, '--noCheck', '-p', root, '--outDir', join(stage, 'dist')])
  for (const name of [
    'package.json',
    'LICENSE',
    'README.md',
    ...manifest.files.filter((file: string) => file !== 'dist'),
  ]) {
    await cp(join(root, name), join(stage, name), { recursive: true })
  }
  const packed = await run('npm', ['pack', '--ignore-scripts', '--offline', '--json'], { cwd: stage })
  const [{ filename }] = JSON.parse(packed.stdout)
  const program = join(base, 'program')
  const home = join(program, 'node_modules', 'signet-xmpp')
  await mkdir(home, { recursive: true })
  await run('tar', ['-xzf', join(stage, filename), '-C', home, '--strip-components=1'])
  const commands = join(program, 'node_modules', '.bin')
  await mkdir(commands)
  const { bin } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8'))
  await symlink(join('..', 'signet-xmpp', bin.signet), join(commands, 'signet'))
  const ownNode = `node-${process.platform}-${process.arch}`
  const bundled = Object.keys(manifest.optionalDependencies).filter((name) => name === ownNode)
  for (const name of [...(await closureOf([...Object.keys(manifest.dependencies), '@types/node'])), ...bundled]) {
    const link = join(program, 'node_modules', name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(join(root, 'node_modules', name), link)
  }
  return program
}
