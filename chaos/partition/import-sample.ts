import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import type { AcknowledgedWrite } from '../checkers/ledger.ts';
import type { Twin } from '../twin/twin.ts';

/** The small file that comes with the project. */
export const sampleFile = new URL('../../sim/import/sample.csv', import.meta.url);
const checkWrite = Compile(
  Type.Object({
    entity: Type.String(),
    key: Type.String(),
    version: Type.String(),
    origin: Type.String(),
    vector: Type.Record(Type.String(), Type.String()),
  }),
);

/** Imports the sample into the world through the twin's own importer, which writes down what the API acknowledged; answers that. */
export async function importSample(twin: Twin, acknowledgedFile: string): Promise<AcknowledgedWrite[]> {
  return importFile(twin, fileURLToPath(sampleFile), 'world', acknowledgedFile);
}

/** The same with a file and a region of the caller's choice. */
export async function importFile(
  twin: Twin,
  file: string,
  region: 'world' | 'china',
  acknowledgedFile: string,
): Promise<AcknowledgedWrite[]> {
  await twin.sim('import', file, '--only', 'catalogue', '--region', region, '--acknowledged', acknowledgedFile);
  const text = await readFile(acknowledgedFile, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => checkWrite.Parse(JSON.parse(line)));
}

/** Stock codes of products in the sample file. */
export async function sampleSkus(): Promise<string[]> {
  const text = await readFile(sampleFile, 'utf8');
  const codes = text.split('\n').flatMap((line) => /^[^,]+,(\d{5}[A-Za-z]{0,2}),/.exec(line)?.[1]?.toUpperCase() ?? []);
  return [...new Set(codes)];
}
