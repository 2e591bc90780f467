import { isWellFormedJson } from '#platform/json-body.ts';

import { cutOff, emptyFile, FileFault, type Reading } from './reading.ts';
import { TextFault, wholeLines } from './text.ts';

const BYTE_ORDER_MARK = '\ufeff';

/** The lines of an NDJSON text, each an item of a bulk request. Throws FileFault where the text goes wrong, after the lines before it. */
export async function* readNdjson(pieces: AsyncIterable<Buffer>): AsyncGenerator<Reading> {
  let line = 0;
  let isOpen = false;
  try {
    for await (const lines of wholeLines(pieces)) {
      const texts = lines.toString().split('\n');
      // After the last line break there is nothing, but at the end of a file.
      isOpen = texts.at(-1) !== '';
      for (const text of isOpen ? texts : texts.slice(0, -1)) {
        line += 1;
        for (const reading of readLine(text, line)) {
          // JSON says by itself whether it is whole: a last line without a line break is one.
          if (isOpen && 'fault' in reading) throw cutOff(line);
          yield reading;
        }
      }
    }
  } catch (error) {
    if (!(error instanceof TextFault)) throw error;
    throw new FileFault(line + 1, error.message, { cause: error });
  }
  if (line === 0) throw emptyFile();
}

function* readLine(text: string, line: number): Generator<Reading> {
  const json = line === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  if (json.trim() === '') return;
  let item: unknown;
  try {
    item = JSON.parse(json);
  } catch {
    yield { line, fault: 'The line is no JSON.' };
    return;
  }
  yield isWellFormedJson(json, item) ? { line, item } : { line, fault: 'The line holds half of a surrogate pair, which is no character.' };
}
