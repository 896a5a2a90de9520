/** Servers for the matrix: one per setting, with both doors, and the client's side of TLS made once per certificate. */

import { createSecureContext, type SecureContext } from 'node:tls'
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
    tls: { verifyMode, disconnectOnFailure },
  }
}

/** Gives each certificate's TLS context, made when it is first asked for. */
export function createContexts(catalogue: Catalogue): (certificate: Subject['certificate']) => SecureContext {
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
export function targetOf(server: TestServer, contextOf: Target['contextOf']): Target {
  return { portOf: server.portOf, contextOf, decisionsOf: server.decisionsOf }
}

/** Runs batches one after the other, each against a server of its own, and adds up. */
export async function runBatches(catalogue: Catalogue, batches: readonly Batch[]): Promise<BatchReport> {
  const contextOf = createContexts(catalogue)
  const problems: string[] = []
  let ran = 0
  for (const batch of batches) {
    await using server = await startMatrixServer(catalogue, batch.setting)
    const report = await runBatch(targetOf(server, contextOf), batch)
    ran += report.ran
    problems.push(...report.problems)
  }
  return { ran, problems }
}

/** The report of a failed run: how many, and the first of them. */
export function summary({ ran, problems }: BatchReport): string {
  return `${problems.length} of ${ran} rows differ\n${problems.slice(0, 25).join('\n')}`
}
