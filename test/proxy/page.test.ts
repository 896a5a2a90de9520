/** docs/proxies.md is so: its configurations are those that run, its limits, headers and codes those of the source. */

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { httpLimits } from '../../src/listener/https/limits.ts'
import { maxFieldChars, maxForwardedCertificates } from '../../src/listener/proxy/certificate-texts.ts'
import { maxHopChars, maxHops } from '../../src/listener/proxy/forwarded-hops.ts'
import { headerDialects, usualFields } from '../../src/listener/proxy/header-dialects.ts'
import { maxV1Bytes } from '../../src/listener/proxy/proxy-v1.ts'
import { maxV2Bytes, v2FixedBytes } from '../../src/listener/proxy/proxy-v2.ts'
import { proxyHeaderMs } from '../../src/listener/proxy/read-proxy-header.ts'
import { forwardReasons } from '../../src/observe/forward-reasons.ts'

const root = join(import.meta.dirname, '..', '..')
const page = readFileSync(join(root, 'docs', 'proxies.md'), 'utf8')
const shipped = readFileSync(join(root, 'config', 'proxies', 'signet.toml'), 'utf8')

describe('docs/proxies.md', () => {
  it('shows configurations that run', () => {
    const blocks = [...page.matchAll(/^```toml\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block)
    assert.equal(blocks.length, 3)
    for (const block of blocks) assert.ok(shipped.includes(block), block)
  })

  it('names every file of config/proxies, and files that are there', () => {
    const links = [...page.matchAll(/\]\((\.\.[^)#]+)\)/g)].map(([, target = '']) => target)
    for (const target of links) assert.ok(existsSync(join(root, 'docs', target)), target)
    for (const file of readdirSync(join(root, 'config', 'proxies'))) {
      assert.ok(links.includes(`../config/proxies/${file}`), file)
    }
  })

  it('has every dialect with its headers', () => {
    for (const dialect of headerDialects) {
      const row = page.split('\n').find((line) => line.startsWith(`| \`${dialect}\` |`))
      assert.ok(row !== undefined, dialect)
      if (dialect === 'plain') continue
      for (const name of Object.values(usualFields[dialect])) {
        if (name !== null) assert.ok(row.toLowerCase().includes(`\`${name}\``), `${dialect}: ${name}`)
      }
    }
  })

  it('has every reason', () => {
    for (const code of Object.keys(forwardReasons)) assert.ok(page.includes(`\`${code}\``), code)
    assert.ok(page.includes('`chain-refused-by-proxy`'))
  })

  it('has the limits that hold', () => {
    const number = (value: number) => value.toLocaleString('en-US')
    const sentences = [
      `within ${proxyHeaderMs / 1000} seconds, in at most ${maxV1Bytes} bytes (version 1) or ${number(v2FixedBytes + maxV2Bytes)}`,
      `more than ${number(maxFieldChars)} characters; more than ${maxForwardedCertificates} certificates`,
      `more than ${maxHops} trusted hops, or ${number(maxHopChars)} characters`,
      `${number(httpLimits.maxHeaderBytes)} bytes are taken`,
    ]
    for (const sentence of sentences) assert.ok(page.includes(sentence), sentence)
  })
})
