/** Reads a password from whoever runs a command: unseen at a terminal, else one line of standard input. */

import type { ReadStream } from 'node:tty'

/** Longest line, characters; the rest is not waited for. */
const maxLine = 8_192

/** The part of standard input and error that is needed. */
export interface SecretStreams {
  readonly input: NodeJS.ReadableStream & Partial<Pick<ReadStream, 'isTTY' | 'setRawMode'>>
  readonly prompt: (text: string) => void
}

/** A reader of lines over one input. Each call gives the next line, without its end; null when there is none, or on ^C. */
export function createSecretReader({ input, prompt }: SecretStreams): (question: string) => Promise<string | null> {
  let rest = ''
  return (question) =>
    new Promise((resolve) => {
      const isTerminal = input.isTTY === true
      if (isTerminal) prompt(question)
      let line = ''
      const finish = (result: string | null, left = '') => {
        rest = left
        input.off('data', hear).off('end', over)
        input.pause()
        if (isTerminal) input.setRawMode?.(false)
        if (isTerminal) prompt('\n')
        resolve(result)
      }
      const over = () => finish(line === '' ? null : line)
      const hear = (chunk: Buffer | string) => {
        const text = rest + chunk.toString()
        rest = ''
        for (let index = 0; index < text.length; index += 1) {
          const key = text[index] ?? ''
          if (key === '\r' || key === '\n') {
            const next = key === '\r' && text[index + 1] === '\n' ? index + 2 : index + 1
            return finish(line, text.slice(next))
          }
          // What a terminal in raw mode no longer does by itself: ^C and ^D end, ^H and DEL erase.
          if (isTerminal && (key === '\u0003' || key === '\u0004')) return finish(null)
          if (isTerminal && (key === '\b' || key === '\u007f')) line = [...line].slice(0, -1).join('')
          else line += key
          if (line.length > maxLine) return finish(line)
        }
      }
      input.setEncoding('utf8')
      if (isTerminal) input.setRawMode?.(true)
      input.on('data', hear).on('end', over)
      input.resume()
      if (rest !== '') hear('')
    })
}
