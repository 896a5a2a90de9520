/**
 * ejabberd from Debian in its best shape: only what a login with a certificate needs, one scheduler that does not spin
 * while it waits, no distribution.
 */

import { existsSync, globSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { domain } from '../pki.ts'
import { type Contestant, findFreePort, type Site, startPinned } from './server.ts'

const erl = '/usr/bin/erl'
const installed = '/usr/lib/*/ejabberd-*/ebin/ejabberd.app'

/** ejabberd. */
export const ejabberd: Contestant = {
  key: 'ejabberd',
  title: 'ejabberd, best shape',
  work: 'login',
  missing: () => (existsSync(erl) && globSync(installed).length > 0 ? null : 'needs the Debian package ejabberd'),
  start: async (site) => {
    const port = await findFreePort()
    const data = join(site.directory, 'ejabberd-data')
    await mkdir(data, { recursive: true })
    const file = join(site.directory, 'ejabberd.yml')
    await writeFile(file, configuration(site, port))
    const quiet = ['+sbwt', 'none', '+sbwtdcpu', 'none', '+sbwtdio', 'none']
    const vm = ['+K', 'true', '+P', '250000', '+S', '1:1', ...quiet, '-noinput']
    const args = [...vm, '-mnesia', 'dir', `"${data}"`, '-s', 'ejabberd']
    const env = {
      EJABBERD_CONFIG_PATH: file,
      EJABBERD_LOG_PATH: join(data, 'ejabberd.log'),
      ERL_LIBS: join(globSync(installed)[0] ?? '', '../../..'),
      ERL_MAX_PORTS: '32000',
      ERL_CRASH_DUMP: join(data, 'crash.dump'),
      HOME: data,
    }
    return startPinned({ key: 'ejabberd', command: erl, args, port, directory: site.directory, env })
  },
}

const configuration = ({ pki }: Site, port: number): string => `
hosts: ["${domain}"]
loglevel: error
certfiles: ["${pki.serverBoth}"]
ca_file: "${pki.ca}"
c2s_cafile: "${pki.ca}"
auth_method: [mnesia]
listen:
  - port: ${port}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    backlog: 1024
    starttls: true
    starttls_required: true
    tls_verify: true
    max_stanza_size: 262144
    shaper: none
    access: all
modules:
  mod_roster: {}
`
