/** The reference page and the JSON Schema are written from the options, and are not stale. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { referenceFiles } from '../../src/cli/write-reference.ts'
import { declared, optionNote, sectionNote } from '../../src/config/reflect.ts'
import { rootSection } from '../../src/options.ts'

describe('reference', () => {
  for (const { path, text } of referenceFiles()) {
    test(`${path} is what node src/cli/write-reference.ts writes`, () => {
      assert.equal(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'), text)
    })
  }

  test('every option has its sentence, and says what is allowed', () => {
    const silent = [...declared(rootSection)]
      .filter(({ schema }) => optionNote(schema) !== null)
      .filter(({ schema }) => !/\.$/.test(optionNote(schema)?.says ?? '') || optionNote(schema)?.allowed === '')
    assert.deepEqual(silent, [])
  })

  test('every option is on the page', () => {
    const page = referenceFiles()[0]?.text ?? ''
    const missing = [...declared(rootSection)].filter(
      ({ key, schema }) => optionNote(schema) !== null && !page.includes(`| \`${key}\` |`),
    )
    assert.deepEqual(missing, [])
  })

  test('no key is an option and refused at the same time', () => {
    const sections = [rootSection, ...[...declared(rootSection)].map(({ schema }) => schema)]
    for (const schema of sections) {
      const note = sectionNote(schema)
      if (note === null) continue
      const keys = [note.dated, note.notYet, note.removed, note.meaningless].flatMap((record) => Object.keys(record))
      const options = [...declared(schema)].filter(({ section }) => section.length === 0).map(({ key }) => key)
      assert.deepEqual(
        keys.filter((key, index) => options.includes(key) || keys.indexOf(key) !== index),
        [],
      )
    }
  })
})
