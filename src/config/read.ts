/** Reads one TOML file against declared options: everything that is wrong with it comes out of one reading. */

import { dirname, resolve } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import type { z } from 'zod'
import { readText } from './files.ts'
import { createFindings, type Findings, showable, speaksOfSecrets } from './findings.ts'
import { createPlace, type Place } from './place.ts'
import type { ConfigProblem } from './problem.ts'
import { modernise } from './spelling.ts'
import { checkValues } from './values.ts'

/**
 * A file by its name; a text that pretends to stand in a file of that name; or values in the shape that a file has when
 * it is parsed, whose names of files are relative to `directory`.
 */
export type ConfigSource =
  | string
  | { readonly path: string; readonly text: string }
  | { readonly directory: string; readonly values: unknown }

/** One file as far as it could be read. */
export interface Reading<T> {
  /** The values, with what is wrong left out; null when nothing could be read at all. */
  readonly values: T | null
  /** The whole file, for checks that go beyond one value. */
  readonly root: Place
  /** Everything found so far, in the order of the file. */
  problems(): readonly ConfigProblem[]
}

/** Reads the file against the section that describes its top level. Never throws for what a file holds. */
export function readConfiguration<S extends z.ZodType>(section: S, source: ConfigSource): Reading<z.output<S>> {
  if (typeof source === 'object' && 'values' in source) return readValues(section, source.directory, source.values)
  const path = typeof source === 'string' ? source : source.path
  const findings = createFindings()
  const root = createPlace(findings, dirname(resolve(path)))
  const text = typeof source === 'string' ? readText(path) : { ok: true as const, value: source.text }
  if (!text.ok) return broken(root, wholeFile(path, 'file-unreadable', `the configuration file ${text.error}`))
  const tree = parseText(path, text.value)
  if ('problem' in tree) return broken(root, tree.problem)
  const values = checkTree(section, tree.value, findings)
  return { values, root, problems: () => findings.place(path, text.value) }
}

/** What values that came from no file are called in problems. */
const valuesName = 'configuration'

function readValues<S extends z.ZodType>(section: S, directory: string, tree: unknown): Reading<z.output<S>> {
  const findings = createFindings()
  const root = createPlace(findings, resolve(directory))
  return { values: checkTree(section, tree, findings), root, problems: () => findings.place(valuesName, null) }
}

function checkTree<S extends z.ZodType>(section: S, tree: unknown, findings: Findings): z.output<S> | null {
  return checkValues(section, modernise(section, tree, [], findings), findings)
}

function broken(root: Place, problem: ConfigProblem): Reading<never> {
  return { values: null, root, problems: () => [problem] }
}

function wholeFile(file: string, rule: ConfigProblem['rule'], message: string): ConfigProblem {
  return { severity: 'error', file, path: '', line: 1, column: 1, message, rule }
}

function parseText(file: string, text: string): { readonly value: unknown } | { readonly problem: ConfigProblem } {
  try {
    return { value: parse(text) }
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const problem = wholeFile(file, 'syntax', `this is not TOML: ${sentence(error.message)}`)
    const line = text.split(/\r?\n/)[error.line - 1] ?? ''
    const place = { line: error.line, column: error.column }
    // A password may run over several lines, so a file that has one shows none of them.
    const excerpt = speaksOfSecrets(text) ? null : showable(line, error.column, 0)
    return { problem: { ...problem, ...place, ...(excerpt === null ? {} : { excerpt }) } }
  }
}

/** The parser's first line only: the rest of its message quotes the file. */
function sentence(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '')
}
