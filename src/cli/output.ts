/** Standard output and standard error: each write is told what became of it, and none of them ends the process by itself. */

import { fstatSync, writeSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { isatty } from 'node:tty'
import type { Told, WriteText } from '../observe/lossy-lines.ts'
import type { CliOutput } from './io.ts'

/** Writes to `stream`, which stands on `fd`; what nobody else wants to be told of goes to `onFault`. */
export function createOutput(stream: NodeJS.WriteStream, fd: number, onFault: (cause: Error) => void): CliOutput {
  // Each write has its own word for it.
  stream.on('error', () => undefined)
  const write = isFile(fd) ? fileWriter(fd) : streamWriter(stream)
  const told: Told = (fault) => {
    if (fault !== null) onFault(fault.cause)
  }
  return (text, own = told) => write(text, own)
}

/** A file or a device: nothing that one waits for. */
function isFile(fd: number): boolean {
  try {
    const found = fstatSync(fd)
    return found.isFile() || (found.isCharacterDevice() && !isatty(fd))
  } catch {
    return false
  }
}

/** Node's own stream takes a text that a full disk took half of for written. */
function fileWriter(fd: number): WriteText {
  return (text, told) => {
    const bytes = Buffer.from(text)
    let written = 0
    try {
      while (written < bytes.length) written += writeSync(fd, bytes, written)
    } catch (cause) {
      const taken = new StringDecoder('utf8').write(bytes.subarray(0, written))
      return told({
        cause: cause instanceof Error ? cause : new Error(String(cause)),
        unwritten: text.slice(taken.length),
      })
    }
    told(null)
  }
}

/** A pipe, a socket or a terminal takes all of a text or breaks. */
function streamWriter(stream: NodeJS.WriteStream): WriteText {
  return (text, told) => {
    stream.write(text, (cause) => told(cause ? { cause, unwritten: text } : null))
  }
}
