/** What a login is held against: a bare handshake on the same Node, and the same login as a small C program. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Contestant, findFreePort, type Site, startPinned } from './server.ts'

const script = (root: string): string => join(root, 'bench/reference/tls-server.ts')

/** `tls.createServer` with a client certificate, as Node has it. */
export const nodeTls: Contestant = {
  key: 'node-tls',
  title: 'bare handshake, tls.createServer',
  work: 'handshake',
  missing: () => null,
  start: (site) => startNodeTls(site, 'node-tls', []),
}

/** The same without session tickets, as Signet runs. */
export const nodeTlsNoTickets: Contestant = {
  key: 'node-tls-no-tickets',
  title: 'bare handshake, the same without tickets',
  work: 'handshake',
  missing: () => null,
  start: (site) =>
    startNodeTls(site, 'node-tls-no-tickets', [`--openssl-config=${join(site.root, 'config/openssl-no-tickets.cnf')}`]),
}

async function startNodeTls(site: Site, key: string, options: readonly string[]) {
  const { pki, directory, node, root } = site
  const port = await findFreePort()
  const args = [...options, script(root), String(port), pki.serverCertificate, pki.serverKey, pki.ca]
  return startPinned({ key, command: node, args, port, directory })
}

/** The whole login in C on the system's OpenSSL. */
export const cLogin: Contestant = {
  key: 'c-login',
  title: "whole login in C, Debian's OpenSSL",
  work: 'login',
  missing: () => null,
  start: async ({ pki, programs, directory }) => {
    const port = await findFreePort()
    const args = [String(port), pki.serverCertificate, pki.serverKey, pki.ca]
    return startPinned({ key: 'c-login', command: programs.loginServer, args, port, directory })
  },
}

/** The same C inside Node's process, on the OpenSSL that Node brings along. */
export const cLoginOnNode: Contestant = {
  key: 'c-login-node',
  title: "whole login in C, Node's OpenSSL",
  work: 'login',
  missing: () => null,
  start: async ({ pki, programs, directory, node }) => {
    const port = await findFreePort()
    const loader = join(directory, 'c-login-node.cjs')
    await writeFile(loader, `require(${JSON.stringify(programs.loginAddon)})\n`)
    const serverArgs = [String(port), pki.serverCertificate, pki.serverKey, pki.ca].join(' ')
    const env = { LOGIN_SERVER_ARGS: serverArgs }
    return startPinned({ key: 'c-login-node', command: node, args: [loader], port, directory, env })
  },
}
