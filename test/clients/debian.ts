/** Which Debian packages the tests need, and what happens when one is not there. */

import { existsSync } from 'node:fs'

/** A file by which each package is recognised; the keys are the names in .ci/packages.txt. */
export const packageFiles = {
  openssl: '/usr/bin/openssl',
  'python3-slixmpp': '/usr/lib/python3/dist-packages/slixmpp/__init__.py',
  'libgloox-dev': '/usr/include/gloox/client.h',
  'g++': '/usr/bin/g++',
  gajim: '/usr/lib/python3/dist-packages/gajim/gajim.py',
  xvfb: '/usr/bin/Xvfb',
  openbox: '/usr/bin/openbox',
  'dbus-daemon': '/usr/bin/dbus-daemon',
  xdotool: '/usr/bin/xdotool',
  imagemagick: '/usr/bin/import',
  'python3-cryptography-vectors': '/usr/lib/python3/dist-packages/cryptography_vectors/x509/PKITS_data/ReadMe.txt',
  slapd: '/usr/sbin/slapd',
  'nginx-light': '/usr/sbin/nginx',
  haproxy: '/usr/sbin/haproxy',
  postgresql: '/usr/lib/postgresql/15/bin/postgres',
  'mariadb-server': '/usr/sbin/mariadbd',
  chromium: '/usr/bin/chromium',
  'libnss3-tools': '/usr/bin/pk12util',
} as const

/** A package the tests may ask for. */
export type DebianPackage = keyof typeof packageFiles

/** Where the tests run. */
export interface Machine {
  readonly isCi: boolean
  exists(file: string): boolean
}

const thisMachine: Machine = { isCi: process.env['CI'] === 'true', exists: existsSync }

/**
 * The `skip` option of a test that needs packages: `false` when all are there, else the sentence that
 * names the missing ones. In CI nothing may be skipped, so there it throws.
 */
export function skipWithout(names: readonly DebianPackage[], machine = thisMachine): string | false {
  const missing = names.filter((name) => !machine.exists(packageFiles[name]))
  if (missing.length === 0) return false
  const sentence = `needs Debian package ${missing.join(', ')}; .ci/run installs it`
  if (machine.isCi) throw new Error(sentence)
  return sentence
}
