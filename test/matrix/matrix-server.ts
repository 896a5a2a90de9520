/** Servers for the matrix: one per setting, with all doors, and the client's side of TLS made once per certificate. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSecureContext, type SecureContext } from 'node:tls'
import { domainToASCII } from 'node:url'
import { createReader, httpsWith, knock, listenerOf } from '../support/every-door.ts'
import type { HttpConnection } from '../support/http-connection.ts'
import type { Catalogue } from '../support/pki/catalogue.ts'
import { type ServerPlan, startServer, type TestServer } from '../support/server.ts'
import { domain, idnDomain, type Subject } from './certificates.ts'
import type { Batch, Setting } from './rows.ts'
import { type BatchReport, runBatch } from './run-batch.ts'
import type { Target } from './run-row.ts'

/** Starts a server with the options of `setting`. */
export function startMatrixServer(catalogue: Catalogue, setting: Setting): Promise<TestServer> {
  return startServer(planOf(catalogue, setting))
}

/** The plan of a server with the options of a setting. */
export function planOf(catalogue: Catalogue, { policy, verifyMode, disconnectOnFailure }: Setting): ServerPlan {
  return {
    catalogue,
    hosts: [domain, idnDomain],
    rules: policy.rules,
    commonName: policy.commonName,
    c2s: { trustedNames: policy.trustedNames },
    https: httpsWith({ trustedNames: policy.trustedNames }),
    tls: { verifyMode, disconnectOnFailure },
  }
}

/** Gives each certificate's TLS context, made when it is first asked for. */
export type Contexts = (certificate: Subject['certificate']) => SecureContext

/** The client's side of TLS with each certificate of the catalogue, or without one. */
export function createContexts(catalogue: Catalogue): Contexts {
  const made = new Map<Subject['certificate'], SecureContext>()
  return (certificate) => {
    const known = made.get(certificate)
    if (known !== undefined) return known
    const context = createSecureContext({ ca: catalogue.rootPem, ...sideOf(catalogue, certificate) })
    made.set(certificate, context)
    return context
  }
}

function sideOf(catalogue: Catalogue, certificate: Subject['certificate']) {
  if (certificate === '(none)') return {}
  const { chainPem, keyPem } = catalogue.get(certificate)
  // The client's own library would not present the weak ones at its usual level.
  return { cert: chainPem, key: keyPem, ciphers: 'DEFAULT@SECLEVEL=0' }
}

/** A server as the target of rows. */
export function targetOf(server: TestServer, contextOf: Contexts): Target {
  const kept = new Map<Subject['certificate'], HttpConnection[]>()
  return {
    knock: ({ door, subject: { certificate, host: domain } }) => {
      const connections = kept.get(certificate) ?? []
      kept.set(certificate, connections)
      // An HTTPS server goes by the name in TLS as well.
      const tls = { secureContext: contextOf(certificate), servername: domainToASCII(domain) }
      return knock({ door, port: server.portOf(listenerOf(door)), domain, tls, kept: connections })
    },
    newDecisionsOf: createReader(server),
    [Symbol.dispose]: () => {
      for (const connection of [...kept.values()].flat()) connection.destroy()
    },
  }
}

/** One test per batch, against a server of its own: all its rows, `rows` in number. */
export function testBatches(catalogue: Catalogue, batches: readonly Batch[], rows: number): void {
  const contextOf = createContexts(catalogue)
  for (const batch of batches) {
    const { policy, verifyMode, disconnectOnFailure } = batch.setting
    const name = `${policy.name} | ${verifyMode} | disconnect ${disconnectOnFailure}: ${rows} logins`
    test(name, async () => {
      await using server = await startMatrixServer(catalogue, batch.setting)
      using target = targetOf(server, contextOf)
      const report = await runBatch(target, batch)
      assert.equal(report.problems.length, 0, summary(report))
      assert.equal(report.ran, rows)
    })
  }
}

/** The report of a failed run: how many, and the first of them. */
export function summary({ ran, problems }: BatchReport): string {
  return `${problems.length} of ${ran} rows differ\n${problems.slice(0, 25).join('\n')}`
}
