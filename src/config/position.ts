/** Finds the line and column of an option; used only when there is something to say about it. */

import { type AST, parseTOML } from 'toml-eslint-parser'
import type { OptionPath } from './problem.ts'

/** A place in a text file, both counted from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** What of an option is pointed at. */
export type Pointing = 'key' | 'value'

/** Answers with the place of the option, or of the nearest section around it that stands in the file. */
export type Locator = (path: OptionPath, pointing: Pointing) => Position

interface Spot {
  key: Position
  value: Position
  readonly children: Map<string, Spot>
}

/** Builds the locator of one file's text; a text that cannot be parsed places everything at its start. */
export function createLocator(text: string): Locator {
  const root = spotOf(start)
  const program = parseOrNull(text)
  if (program !== null) for (const item of program.body[0].body) addItem(root, item)
  return (path, pointing) => {
    let spot = root
    for (const step of path) {
      const child = spot.children.get(String(step))
      // A single table that stands for a list of one has no index of its own in the file.
      if (child === undefined && step === 0) continue
      if (child === undefined) return spot.key
      spot = child
    }
    return spot[pointing]
  }
}

const start: Position = { line: 1, column: 1 }

function parseOrNull(text: string): AST.TOMLProgram | null {
  try {
    return parseTOML(text)
  } catch {
    return null
  }
}

function addItem(base: Spot, item: AST.TOMLKeyValue | AST.TOMLTable): void {
  if (item.type === 'TOMLKeyValue') {
    addPair(base, item)
    return
  }
  const names = item.key.keys
  let named = 0
  let spot = base
  for (const step of item.resolvedKey) {
    const key = typeof step === 'string' ? names[named++] : names.at(-1)
    spot = enter(spot, String(step), positionOf(key ?? item))
  }
  for (const pair of item.body) addPair(spot, pair)
}

function addPair(base: Spot, pair: AST.TOMLKeyValue): void {
  let spot = base
  for (const key of pair.key.keys) {
    spot = enter(spot, key.type === 'TOMLBare' ? key.name : key.value, positionOf(key))
  }
  addValue(spot, pair.value)
}

function addValue(spot: Spot, value: AST.TOMLContentNode): void {
  spot.value = positionOf(value)
  if (value.type === 'TOMLArray') {
    for (const [index, element] of value.elements.entries()) {
      addValue(enter(spot, String(index), positionOf(element)), element)
    }
  } else if (value.type === 'TOMLInlineTable') {
    for (const pair of value.body) addPair(spot, pair)
  }
}

function enter(spot: Spot, step: string, at: Position): Spot {
  const known = spot.children.get(step)
  if (known !== undefined) return known
  const fresh = spotOf(at)
  spot.children.set(step, fresh)
  return fresh
}

function spotOf(at: Position): Spot {
  return { key: at, value: at, children: new Map() }
}

function positionOf(node: { readonly loc: AST.SourceLocation }): Position {
  return { line: node.loc.start.line, column: node.loc.start.column + 1 }
}
