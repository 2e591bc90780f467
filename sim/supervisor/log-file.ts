import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** A log that is kept within bounds: when it is full it becomes `FILE.1`, and the one before that is gone. */
export interface LogFile {
  readonly path: string;
  write(line: string): void;
  close(): void;
}

const defaultMaxBytes = 5_000_000;

/** Opens a log for a new run; what an earlier run wrote becomes `FILE.1`. */
export function openLogFile(path: string, options: { readonly maxBytes?: number } = {}): LogFile {
  const maxBytes = options.maxBytes ?? defaultMaxBytes;
  mkdirSync(dirname(path), { recursive: true });
  if (existsSync(path) && statSync(path).size > 0) renameSync(path, `${path}.1`);
  let file: number | undefined = openSync(path, 'a');
  let bytes = 0;
  return {
    path,
    write(line) {
      if (file === undefined) return;
      const text = `${line}\n`;
      try {
        if (bytes > 0 && bytes + Buffer.byteLength(text) > maxBytes) {
          closeSync(file);
          file = undefined;
          renameSync(path, `${path}.1`);
          file = openSync(path, 'a');
          bytes = 0;
        }
        bytes += writeSync(file, text);
      } catch (error) {
        // A full disk costs lines of the log, and must not cost the twin.
        if (!isFullDisk(error)) throw error;
      }
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

/** Whether something failed for want of room: it may succeed later. */
export function isFullDisk(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

const blockBytes = 64 * 1024;

/** The last lines of a file, read from its end; none when there is no such file. */
export function tailFile(path: string, lineCount: number): string[] {
  if (lineCount <= 0 || !existsSync(path)) return [];
  const file = openSync(path, 'r');
  try {
    let start = statSync(path).size;
    let content: Buffer = Buffer.alloc(0);
    // One newline more than lines asked for shows that the first of them is whole.
    while (start > 0 && newlines(content) <= lineCount) {
      const length = Math.min(blockBytes, start);
      const block = Buffer.alloc(length);
      start -= length;
      readSync(file, block, 0, length, start);
      content = Buffer.concat([block, content]);
    }
    const lines = content.toString('utf8').split('\n');
    if (lines.at(-1) === '') lines.pop();
    return lines.slice(-lineCount);
  } finally {
    closeSync(file);
  }
}

function newlines(content: Buffer): number {
  let count = 0;
  for (const byte of content) if (byte === 10) count += 1;
  return count;
}
