/**
 * Makes a checkout ready to run and prints the path of the Node to run it with.
 *
 * Plain JavaScript without dependencies, because it runs before there are any, on whatever Node (18 or
 * newer) started npm. The scripts in package.json call it as `node=$(node src/setup.mjs) && exec "$node" …`:
 * the path is all it writes to standard output, what it has to say goes to standard error, and it is gone
 * before the real work starts, so that signals and exit codes reach and come from the real work alone.
 */

import { spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const lockfile = join(root, 'package-lock.json')
const stampFile = join(modules, '.signet-setup.json')
/** npm's own record of what it installed, written as the last step of an install: whole, or not there. */
const recordFile = join(modules, '.package-lock.json')
/** Outside node_modules, which `npm ci` deletes. */
const turnstile = join(root, 'var', 'setup.lock')

const minNodeMajor = 24
const maxWaitMs = 10 * 60_000
const pollMs = 100
/** A lock without an owner is one whose maker died, or is about to write its name. */
const maxNamelessMs = 5_000

class SetupError extends Error {}

const say = (line) => process.stderr.write(`${line}\n`)

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}

/** What the installed tree must have come from: the lock file's content, and the platform it was unpacked for. */
function wantedStamp() {
  const lock = createHash('sha256').update(readFileSync(lockfile)).digest('hex')
  return { lock, platform: `${process.platform}-${process.arch}` }
}

function writeStamp(stamp) {
  const draft = `${stampFile}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(stamp)}\n`)
  renameSync(draft, stampFile)
}

function sameRelease(a, b) {
  return a !== undefined && a.version === b.version && a.integrity === b.integrity
}

/** Whether somebody ran npm by hand and what it installed is exactly what the lock file says. */
function matchesLock(installed) {
  const locked = readJson(lockfile)?.packages ?? {}
  const mandatory = Object.entries(locked).filter(
    ([path, entry]) => path !== '' && !entry.optional && !entry.devOptional,
  )
  return (
    mandatory.every(([path, entry]) => sameRelease(installed[path], entry)) &&
    Object.entries(installed).every(([path, entry]) => sameRelease(locked[path], entry))
  )
}

/** Why the dependencies must be installed, in words that complete "Installing dependencies (…)"; null when they are good. */
function staleness() {
  if (!existsSync(modules)) return 'first run'
  const installed = readJson(recordFile)?.packages
  if (installed === undefined) return 'the last installation did not finish'
  const lost = Object.keys(installed).find((path) => !existsSync(join(root, path, 'package.json')))
  if (lost !== undefined) return `${lost} is missing`
  const wanted = wantedStamp()
  const stamp = readJson(stampFile)
  if (stamp?.lock === wanted.lock && stamp.platform === wanted.platform) return null
  if (stamp !== null && stamp.platform !== wanted.platform) return 'the platform changed'
  if (!matchesLock(installed)) return 'package-lock.json changed'
  writeStamp(wanted)
  return null
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Process ids named by a lock: the setup, and the npm it started, which may outlive it. */
function ownersOf(directory) {
  try {
    return readFileSync(join(directory, 'owners'), 'utf8').split(' ').map(Number)
  } catch {
    return null
  }
}

/** Takes a dead owner's lock away. Renaming first, so that of two who saw it dead only one removes it. */
function removeDeadLock() {
  const aside = `${turnstile}.${randomUUID()}`
  try {
    renameSync(turnstile, aside)
    rmSync(aside, { recursive: true, force: true })
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
}

/** Waits for the turn of this process. Resolves holding the lock; throws after `maxWaitMs`. */
async function takeTurn() {
  mkdirSync(dirname(turnstile), { recursive: true })
  const began = Date.now()
  let namelessSince = null
  let told = false
  for (;;) {
    try {
      mkdirSync(turnstile)
      writeFileSync(join(turnstile, 'owners'), `${process.pid}`)
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const owners = ownersOf(turnstile)
    namelessSince = owners === null ? (namelessSince ?? Date.now()) : null
    const dead = owners === null ? Date.now() - namelessSince > maxNamelessMs : !owners.some(isAlive)
    if (dead) {
      removeDeadLock()
      continue
    }
    if (Date.now() - began > maxWaitMs)
      throw new SetupError(`another setup has held ${turnstile} for too long; remove it`)
    if (!told) say('Waiting for another setup of this checkout to finish …')
    told = true
    await sleep(pollMs)
  }
}

/** How to run npm: the very npm that called us, under its own Node (ours may be the one that `npm ci` replaces). */
function npmCommand() {
  const { npm_execpath: cli, npm_node_execpath: node } = process.env
  if (cli && node && existsSync(cli) && existsSync(node)) return [node, [cli]]
  return ['npm', []]
}

/** Runs `npm ci`, passing on a signal that asks us to end. Resolves with how it ended. */
function runNpm() {
  const flags = ['--include=dev', '--include=optional', '--ignore-scripts', '--engine-strict=false']
  const quiet = ['--no-audit', '--no-fund', '--no-progress', '--loglevel=error']
  const [command, args] = npmCommand()
  return new Promise((resolve, reject) => {
    const npm = spawn(command, [...args, 'ci', ...flags, ...quiet], { cwd: root, stdio: ['ignore', 2, 2] })
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => npm.kill(signal))
    npm.once('spawn', () => writeFileSync(join(turnstile, 'owners'), `${process.pid} ${npm.pid}`))
    npm.once('error', reject)
    npm.once('exit', (code, signal) => resolve({ code, signal }))
  })
}

async function install(why) {
  say(`Installing dependencies (${why}); this takes a moment …`)
  const stamp = wantedStamp()
  // An interrupted install must not pass for a good one, whatever npm had done by then.
  for (const proof of [stampFile, recordFile]) rmSync(proof, { force: true })
  const { code, signal } = await runNpm()
  if (code !== 0) throw new SetupError(`npm ci ended with ${signal ?? `exit code ${code}`}; what it said is above`)
  writeStamp(stamp)
}

/** Installs unless all is there. Of several setups at once one installs and the others wait for it. */
async function installIfStale() {
  if (!existsSync(turnstile) && staleness() === null) return
  await takeTurn()
  try {
    const why = staleness()
    if (why !== null) await install(why)
  } finally {
    rmSync(turnstile, { recursive: true, force: true })
  }
}

/** The pinned Node that came with the dependencies, else the one that runs this if it is new enough. */
function findNode() {
  const pinned = join(modules, `node-${process.platform}-${process.arch}`, 'bin', 'node')
  if (existsSync(pinned)) return pinned
  if (Number(process.versions.node.split('.')[0]) >= minNodeMajor) return process.execPath
  throw new SetupError(
    `Node ${minNodeMajor} or newer is needed on ${process.platform}-${process.arch}, and this is ${process.version}. ` +
      'Install it from https://nodejs.org/ and run the same command again',
  )
}

try {
  await installIfStale()
  process.stdout.write(`${findNode()}\n`)
} catch (error) {
  say(`Setup failed: ${error instanceof SetupError ? error.message : error.stack}.`)
  process.exitCode = 1
}
