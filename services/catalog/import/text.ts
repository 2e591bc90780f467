import { isUtf8 } from 'node:buffer';

import { MAX_ROW_BYTES } from './reading.ts';

const LINE_FEED = 0x0a;

/** The next line is no text in UTF-8, or longer than any of ours. */
export class TextFault extends Error {}

/**
 * The whole lines of a text in UTF-8, as many at a time as there are, and at the end what is left without a line break. Throws TextFault after the lines before the
 * first that holds bytes that are no UTF-8, or a NUL, as UTF-16 has them, or is too long.
 */
export async function* wholeLines(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    const bytes = Buffer.concat([rest, piece]);
    const whole = bytes.subarray(0, bytes.lastIndexOf(LINE_FEED) + 1);
    const good = goodLines(whole);
    if (good > 0) yield whole.subarray(0, good);
    if (good < whole.length) throw notText();
    rest = bytes.subarray(whole.length);
    if (rest.includes(0)) throw notText();
    if (rest.length > MAX_ROW_BYTES) throw new TextFault(`The line is longer than ${MAX_ROW_BYTES} bytes.`);
  }
  if (rest.length === 0) return;
  if (!isBeginning(rest)) throw notText();
  yield rest;
}

const notText = (): TextFault => new TextFault('This is no text in UTF-8. Save the file in UTF-8.');

/** How many bytes from the start are lines of text. */
function goodLines(whole: Buffer): number {
  const isText = (bytes: Buffer): boolean => !bytes.includes(0) && isUtf8(bytes);
  if (isText(whole)) return whole.length;
  let start = 0;
  for (;;) {
    const end = whole.indexOf(LINE_FEED, start) + 1;
    if (end === 0 || !isText(whole.subarray(start, end))) return start;
    start = end;
  }
}

/** Is it UTF-8 whose last character may be cut off? */
function isBeginning(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
