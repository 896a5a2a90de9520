/** The fuzzing tools themselves: an oracle that cannot object finds nothing. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { compileRegex } from '../../src/certificate/regex/regex.ts'
import type { XmlLimits } from '../../src/xml/limits.ts'
import { createStreamParser, type StreamParser } from '../../src/xml/stream-parser.ts'
import { createCatalogue } from '../support/pki/catalogue.ts'
import { createRandom } from '../support/pki/random.ts'
import { createBase64Target } from './base64-target.ts'
import { readNames } from './certificate-reading.ts'
import { mutateTree, parseTree, writeTree } from './der-tree.ts'
import { openExpat } from './expat.ts'
import { joinFields } from './fields.ts'
import { packFrames, unpackFrames } from './frames.ts'
import { createJidTarget } from './jid-target.ts'
import { createRegexTarget } from './regex-target.ts'
import { shrink } from './shrink.ts'
import { expectQuick, type FuzzTarget, faultOf, runBatch } from './target.ts'
import { readVectors, writeVector } from './vectors.ts'
import { createXmlTarget } from './xml-target.ts'

const catalogue = createCatalogue('a.example')

/** A target that keeps what it is given and objects to inputs that hold `wrong`. */
function createProbe(wrong: number): FuzzTarget & { readonly seen: string[] } {
  const seen: string[] = []
  return {
    name: 'probe',
    seen,
    quickInputs: 1,
    longShare: 1,
    generate: (random) => Buffer.from([random.below(256), random.below(256)]),
    check: (input) => {
      seen.push(Buffer.from(input).toString('hex'))
      if (input.includes(wrong)) throw new RangeError('wrong octet')
    },
    settle: async () => [],
    [Symbol.asyncDispose]: async () => undefined,
  }
}

it('the same seed and batch give the same inputs, another batch gives others', async () => {
  const seenIn = async (seed: number, batch: number): Promise<string[]> => {
    const probe = createProbe(-1)
    await runBatch(probe, seed, batch, 50)
    return probe.seen
  }
  const first = await seenIn(1, 2)
  assert.equal(first.length, 50)
  assert.deepEqual(await seenIn(1, 2), first)
  assert.notDeepEqual(await seenIn(1, 3), first)
  assert.notDeepEqual(await seenIn(2, 2), first)
})

it('a failure carries its input and the place of the fault; the others go on', async () => {
  const announced: (Uint8Array | null)[] = []
  const failures = await runBatch(createProbe(7), 5, 0, 1000, (input) => announced.push(input))
  assert.ok(failures.length > 2 && failures.length < 30)
  assert.equal(announced.length, 1001)
  assert.equal(announced.at(-1), null)
  for (const { input, why } of failures) {
    assert.ok(input.includes(7))
    assert.match(why, /^RangeError: wrong octet \(test\/fuzz\/tools\.test\.ts:\d+/)
  }
})

it('a failing input is made small', async () => {
  const input = Buffer.from('some long text with a < and, much later, an & in it')
  const small = await shrink(input, async (candidate) => {
    const text = Buffer.from(candidate).toString()
    return text.indexOf('<') >= 0 && text.indexOf('&') > text.indexOf('<') + 2
  })
  assert.equal(Buffer.from(small).toString(), '<aa&')
})

it('vectors are written once and read back; a file that is none is refused', () => {
  const root = mkdtempSync(join(tmpdir(), 'signet-vectors-'))
  try {
    const input = Buffer.from('\0 octets of every kind \xff'.repeat(9), 'latin1')
    const path = writeVector('xml', input, 'why\nin two lines', root)
    assert.equal(writeVector('xml', input, 'another reason', root), path)
    assert.deepEqual(
      readVectors('xml', root).map(({ input: bytes }) => Buffer.from(bytes)),
      [input],
    )
    assert.deepEqual(readVectors('jid', root), [])
    writeFileSync(join(root, 'xml', 'broken.hex'), '0x12')
    assert.throws(() => readVectors('xml', root), /broken\.hex is no vector/)
  } finally {
    rmSync(root, { recursive: true })
  }
})

it('a list of byte strings is packed and unpacked', () => {
  const frames = [Buffer.from('a'), Buffer.alloc(0), Buffer.alloc(300, 7)]
  assert.deepEqual(
    unpackFrames(packFrames(frames)).map((frame) => Buffer.from(frame)),
    frames,
  )
  assert.deepEqual(unpackFrames(Buffer.from([0, 9, 1])), [Buffer.from([1])])
})

it('every certificate of the catalogue is a tree and is written again to the same bytes', () => {
  for (const { leafDer, name } of catalogue.all) {
    const tree = parseTree(leafDer)
    assert.ok(tree !== null, name)
    assert.deepEqual(writeTree(tree), Buffer.from(leafDer), name)
  }
})

it('what is no DER is no tree', () => {
  for (const hex of ['3080', '308101ff', '30820001ff', '3001', '3003020101ff', '1f8101', '30020101', '02']) {
    assert.equal(parseTree(Buffer.from(hex, 'hex')), null, hex)
  }
  assert.equal(parseTree(Buffer.from('30020101', 'hex'), true)?.length, 1)
})

it('changes in a tree leave an encoding most of the time', () => {
  const random = createRandom(4)
  const { leafDer } = catalogue.get('many-names')
  const mutants = Array.from({ length: 200 }, () => mutateTree(random, leafDer, catalogue.get('one').leafDer))
  const encodings = mutants.filter((mutant) => parseTree(mutant) !== null)
  assert.ok(encodings.length > 150, `${encodings.length} of 200`)
})

it('the second reading of names finds every kind', () => {
  const names = readNames(catalogue.get('many-names').leafDer)
  assert.deepEqual(names?.subjectAlt, [
    'rfc822Name: mail@a.example',
    'dns: device.a.example',
    'uri: https://a.example/alice',
    'srvName: _xmpp-client.a.example',
    'xmppAddr: alice@a.example',
    'upn: alice@corp.a.example',
  ])
  assert.deepEqual(names.subject, ['55040a: Example', '550403: Alice Example'])
})

it('expat refuses what is broken, and reads one element in one way', async () => {
  await using expat = openExpat()
  const read = (...texts: string[]) => expat.read(texts.map((text) => ({ kind: 'element', bytes: Buffer.from(text) })))
  const [one, same, other] = await read(
    "<a b='1' c='2'>x</a>",
    '<a c="2" b="1"><![CDATA[x]]></a>',
    "<a b='1' c='2'>y</a>",
  )
  assert.match(one ?? '', /^[0-9a-f]{40}$/)
  assert.equal(same, one)
  assert.notEqual(other, one)
  for (const broken of [
    "<p:a xmlns:p='u' p:0=''/>",
    '<a>',
    "<a xmlns='http://www.w3.org/XML/1998/namespace'/>",
    '<a>&b;</a>',
  ]) {
    assert.match((await read(broken))[0] ?? '', /^refused: /, broken)
  }
})

it('a parser that overlooks what is broken is found out', async () => {
  const blind = (limits: XmlLimits): StreamParser => {
    const parser = createStreamParser(limits)
    const next = (): ReturnType<StreamParser['next']> => {
      const event = parser.next()
      return event?.kind === 'fault' ? { kind: 'close' } : event
    }
    return {
      next,
      push: (chunk) => parser.push(chunk),
      restart: (fresh) => parser.restart(fresh),
      get pendingBytes() {
        return parser.pendingBytes
      },
    }
  }
  await using target = createXmlTarget(blind)
  const failures = await runBatch(target, 1, 0, 300)
  assert.ok(failures.some(({ why }) => why.startsWith('accepted, and expat refused: ')))
})

it('a decoder that is generous is found out', async () => {
  await using target = createBase64Target((text) => Buffer.from(text, 'base64'))
  const failures = await runBatch(target, 1, 0, 300)
  assert.ok(failures.some(({ why }) => why.startsWith('objection: accepted')))
  assert.match((await faultOf(target, Buffer.from('YQ'))) ?? '', /^objection: accepted/)
})

it('a machine for regular expressions that takes more than it must is found out', async () => {
  await using target = createRegexTarget((pattern) => compileRegex(pattern.replaceAll('+?', '+')))
  const failures = await runBatch(target, 1, 0, 1000)
  assert.ok(failures.some(({ why }) => /^objection: .* gives .*, and ECMAScript says/.test(why)))
  assert.match((await faultOf(target, joinFields(['(a+?)(a+)', 'aaa']))) ?? '', /gives \["aaa","aa","a"\], and/)
})

it('work that is slow each time is found out, and work that is slow once is not', () => {
  const busy = (ms: number): void => {
    const before = process.threadCpuUsage().user
    while (process.threadCpuUsage().user - before < ms * 1000);
  }
  assert.throws(() => expectQuick(1, () => busy(4)), /takes [\d.]+ ms where 1 ms are the most/)
  let times = 0
  const slowOnce = (): number => {
    times += 1
    if (times === 1) busy(120)
    return times
  }
  assert.equal(expectQuick(100, slowOnce), 2)
})

it('lone surrogates are among the texts that JIDs are made of', async () => {
  await using target = createJidTarget()
  const random = createRandom(1)
  const texts = Array.from({ length: 500 }, () => Buffer.from(target.generate(random)).toString('utf16le'))
  assert.ok(texts.some((text) => !text.isWellFormed()))
})
