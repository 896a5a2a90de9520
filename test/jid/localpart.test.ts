/** Localparts and resourceparts: string classes, contexts, writing direction (RFC 8264, 8265, 5892 A, 5893). */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { prepareLocal, prepareResource } from '../../src/jid/jid.ts'

const zwnj = '\u200c'
const zwj = '\u200d'

const localsRefused: readonly [name: string, text: string, why: RegExp][] = [
  ['empty', '', /is empty/],
  ['double quote', 'a"b', /one of the characters/],
  ['ampersand', 'a&b', /one of the characters/],
  ['apostrophe', "a'b", /one of the characters/],
  ['slash', 'a/b', /one of the characters/],
  ['colon', 'a:b', /one of the characters/],
  ['less than', 'a<b', /one of the characters/],
  ['greater than', 'a>b', /one of the characters/],
  ['at sign', 'a@b', /one of the characters/],
  ['fullwidth at sign', 'a＠b', /one of the characters/],
  ['space', 'a b', /U\+0020/],
  ['leading space', ' a', /U\+0020/],
  ['NUL', 'a\0', /U\+0000/],
  ['line feed', 'a\n', /U\+000A/],
  ['delete', 'a\x7f', /U\+007F/],
  ['no-break space', 'a\u00a0b', /U\+00A0/],
  ['ideographic space', 'a\u3000b', /U\+0020/],
  ['soft hyphen', 'a\u00adb', /U\+00AD/],
  ['zero width space', 'a\u200bb', /U\+200B/],
  ['byte order mark', '\ufeffa', /U\+FEFF/],
  ['right-to-left override', 'a\u202eb', /U\+202E/],
  ['variation selector', 'a\ufe0f', /U\+FE0F/],
  ['tag character', 'a\u{e0061}', /U\+E0061/],
  ['lone surrogate', 'a\ud800', /U\+D800/],
  ['private use', 'a\ue000', /U\+E000/],
  ['noncharacter', 'a\uffff', /U\+FFFF/],
  ['unassigned', 'a\u0378', /U\+0378/],
  ['ligature', 'o\ufb03ce', /U\+FB03/],
  ['Kelvin sign', '\u212a', /U\+212A/],
  ['old Hangul jamo', '\u1100', /U\+1100/],
  ['symbol', 'a€', /U\+20AC/],
  ['emoji', '😀', /U\+1F600/],
  ['letterlike number', 'Ⅳ', /U\+2163/],
  ['tatweel', 'ـ', /U\+0640/],
  ['titlecase digraph', 'ǅ', /U\+01C5/],
  ['superscript', 'a²', /U\+00B2/],
  // contexts (RFC 5892 appendix A)
  ['A.1 non-joiner between Latin letters', `a${zwnj}b`, /U\+200C where/],
  ['A.1 non-joiner at the start', `${zwnj}a`, /U\+200C where/],
  ['A.1 non-joiner at the end', `بی${zwnj}`, /U\+200C where/],
  ['A.1 non-joiner after a letter that does not join', `دا${zwnj}ن`, /U\+200C where/],
  ['A.2 joiner between letters', `a${zwj}b`, /U\+200D where/],
  ['A.2 joiner between Arabic letters', `ب${zwj}ب`, /U\+200D where/],
  ['A.3 middle dot between other letters', 'a·b', /U\+00B7 where/],
  ['A.3 middle dot at the end', 'l·', /U\+00B7 where/],
  ['A.4 keraia before Latin', '͵a', /U\+0375 where/],
  ['A.5 geresh after Latin', 'a׳', /U\+05F3 where/],
  ['A.6 gershayim at the start', '״א', /U\+05F4 where/],
  ['A.7 middle dot of Katakana alone', 'a・b', /U\+30FB where/],
  ['A.8 both kinds of Arabic digits', 'ب٠۰', /U\+0660 where/],
  // writing direction (RFC 5893 §2)
  ['Latin before Hebrew', 'aא', /writing directions/],
  ['Hebrew before Latin', 'אa', /writing directions/],
  ['Hebrew inside Latin', 'aאb', /writing directions/],
  ['digit before Hebrew', '1א', /writing directions/],
  ['Hebrew that ends in punctuation', 'א-', /writing directions/],
  ['Devanagari digit in Hebrew', 'א१א', /writing directions/],
  ['Arabic with both kinds of numbers', 'ب1٠', /numbers/],
]

for (const [name, text, why] of localsRefused) {
  test(`no localpart: ${name}`, () => {
    const local = prepareLocal(text)
    assert.ok(!local.ok, `prepared to ${JSON.stringify(local)}`)
    assert.equal(local.error.part, 'local')
    assert.match(local.error.why, why)
  })
}

const locals: readonly [name: string, text: string, prepared: string][] = [
  ['every allowed ASCII sign', '!#$%()*+,-.;=?[\\]^_`{|}~', '!#$%()*+,-.;=?[\\]^_`{|}~'],
  ['upper case', 'ALICE', 'alice'],
  ['upper case beyond ASCII', 'JÜRGEN', 'jürgen'],
  ['capital sharp s', 'FUẞBALL', 'fußball'],
  ['capital sigma at a word end', 'ΟΔΟΣ', 'οδος'],
  ['dotted capital I', 'İ', 'i̇'],
  ['decomposed letter', 'e\u0301', 'é'],
  ['fullwidth letters', 'ａＬＩＣＥ', 'alice'],
  ['halfwidth Katakana with voicing', 'ｶﾞ', 'ガ'],
  ['Cyrillic', 'Алиса', 'алиса'],
  ['Han', '愛麗絲', '愛麗絲'],
  ['Han number zero', '〇', '〇'],
  ['combining mark on a letter without precomposed form', 'q\u0303', 'q\u0303'],
  ['supplementary plane letter', '𐐀', '𐐨'],
  ['A.1 non-joiner after a virama', `क्${zwnj}ष`, `क्${zwnj}ष`],
  ['A.1 non-joiner between joining letters', `نامه${zwnj}ای`, `نامه${zwnj}ای`],
  ['A.2 joiner after a virama', `नमस्${zwj}ते`, `नमस्${zwj}ते`],
  ['A.3 Catalan', 'col·lega', 'col·lega'],
  ['A.4 keraia', '͵α', '͵α'],
  ['A.5 geresh', 'א׳', 'א׳'],
  ['A.7 Katakana middle dot', 'ア・イ', 'ア・イ'],
  ['A.8 Arabic-Indic digits', 'ب٠', 'ب٠'],
  ['Hebrew', 'אליס', 'אליס'],
  ['Hebrew with points at the end', 'אִ', 'אִ'],
  ['Hebrew that ends in a digit', 'א1', 'א1'],
  ['longest', 'a'.repeat(1023), 'a'.repeat(1023)],
]

for (const [name, text, prepared] of locals) {
  test(`localpart: ${name}`, () => assert.deepEqual(prepareLocal(text), { ok: true, value: prepared }))
}

const resourcesRefused: readonly [name: string, text: string, why: RegExp][] = [
  ['empty', '', /is empty/],
  ['NUL', '\0', /U\+0000/],
  ['tab', 'a\tb', /U\+0009/],
  ['zero width space', 'a\u200b', /U\+200B/],
  ['line separator', 'a\u2028', /U\+2028/],
  ['lone surrogate', '\udc00', /U\+DC00/],
  ['unassigned', '\u0378', /U\+0378/],
  ['private use', '\ue000', /U\+E000/],
  ['joiner out of context', `a${zwj}`, /U\+200D where/],
]

for (const [name, text, why] of resourcesRefused) {
  test(`no resourcepart: ${name}`, () => {
    const resource = prepareResource(text)
    assert.ok(!resource.ok)
    assert.equal(resource.error.part, 'resource')
    assert.match(resource.error.why, why)
  })
}

const resources: readonly [name: string, text: string, prepared: string][] = [
  // RFC 8265 §4.3
  ['spaces', 'correct horse battery staple', 'correct horse battery staple'],
  ['case', 'Correct Horse Battery Staple', 'Correct Horse Battery Staple'],
  ['Greek and Latin', 'πßå', 'πßå'],
  ['a symbol', 'Jack of ♦s', 'Jack of ♦s'],
  ['an Ogham space', 'foo\u1680bar', 'foo bar'],
  ['a no-break space', 'foo\u00a0bar', 'foo bar'],
  ['fullwidth letters stay', 'Ａ', 'Ａ'],
  ['a ligature stays', 'ﬃ', 'ﬃ'],
  ['decomposed letter', 'e\u0301', 'é'],
  ['Angstrom sign', '\u212b', '\u00c5'],
  ['mixed directions', 'aא', 'aא'],
  ['emoji', '😀', '😀'],
]

for (const [name, text, prepared] of resources) {
  test(`resourcepart: ${name}`, () => assert.deepEqual(prepareResource(text), { ok: true, value: prepared }))
}
