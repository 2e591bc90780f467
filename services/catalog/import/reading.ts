import type { ErrorCode } from '#contracts/errors.ts';

/** A row of a file: an item that is checked later, or why it is none. `line` is that in which it ends. */
export type Reading = { readonly line: number; readonly item: unknown } | { readonly line: number; readonly fault: string };

/** The file cannot be read, or not any further. The message is a sentence for whoever sent it. */
export class FileFault extends Error {
  override readonly name = 'FileFault';
  readonly line: number;
  readonly code: ErrorCode;

  constructor(line: number, message: string, options?: ErrorOptions & { readonly code?: ErrorCode }) {
    super(message, options);
    this.line = line;
    this.code = options?.code ?? 'malformed_body';
  }
}

/** Longer rows are none of ours: a quoted field that is not closed, or another kind of file. */
export const MAX_ROW_BYTES = 64 * 1024;

export const cutOff = (line: number): FileFault =>
  new FileFault(line, 'The file ends within this line: it seems to be cut off. If it is whole, end it with a line break.');
export const emptyFile = (): FileFault => new FileFault(1, 'The file is empty.');
