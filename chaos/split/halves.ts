import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';

const decompress = promisify(zstdDecompress);
const ZSTD_MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
/** A row starts with the number of its invoice; a line that does not goes on with the row above it. */
const STARTS_A_ROW = /^"?[A-Za-z]?\d{6}"?,/;

/** Cuts a file of invoices (CSV, plain or zstd) between two rows near its middle; writes two files with the same header into `folder`. */
export async function cutInTwo(file: string, folder: string): Promise<{ first: string; second: string; rows: number }> {
  const bytes = await readFile(file);
  const text = (bytes.subarray(0, 4).equals(ZSTD_MAGIC) ? await decompress(bytes) : bytes).toString('utf8');
  const lines = text.split('\n');
  const [header = ''] = lines.splice(0, 1);
  let middle = Math.floor(lines.length / 2);
  while (middle < lines.length && !STARTS_A_ROW.test(lines[middle] ?? '')) middle += 1;
  if (middle === 0 || middle >= lines.length) throw new Error(`${file} has no two halves`);
  const [first, second] = [join(folder, 'first.csv'), join(folder, 'second.csv')];
  await writeFile(first, [header, ...lines.slice(0, middle), ''].join('\n'));
  await writeFile(second, [header, ...lines.slice(middle)].join('\n'));
  return { first, second, rows: lines.filter((line) => STARTS_A_ROW.test(line)).length };
}
