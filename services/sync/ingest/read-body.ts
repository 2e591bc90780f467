import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';

import { AppError } from '#platform/errors.ts';

import { MalformedBatch, readBatch, UnspokenVersion, type EntityItems } from '../protocol/body.ts';
import { SPOKEN } from '../protocol/versions.ts';

const decompress = promisify(zstdDecompress);
const EXPANDED_LIMIT_BYTES = 8 * 1024 * 1024;

/** Expands and reads the body of a batch. Throws AppError for what is none, and `protocol_unsupported` with the versions that are spoken here. */
export async function readBody(body: Buffer, encoding: string | undefined): Promise<{ groups: EntityItems[]; resolve: boolean }> {
  if (encoding !== 'zstd') throw new AppError('unsupported_media_type', { detail: 'The body is compressed with zstd.' });
  let text: string;
  try {
    text = (await decompress(body, { maxOutputLength: EXPANDED_LIMIT_BYTES })).toString('utf8');
  } catch (error) {
    throw new AppError('malformed_body', { detail: 'The body is not zstd, or too large when expanded.', cause: error });
  }
  try {
    const { header, groups } = readBatch(text);
    return { groups, resolve: header.resolve === true };
  } catch (error) {
    if (error instanceof UnspokenVersion)
      throw new AppError('protocol_unsupported', { detail: `Spoken here: ${SPOKEN.join(', ')}.`, spoken: SPOKEN });
    if (error instanceof MalformedBatch) throw new AppError('malformed_body', { detail: error.message });
    throw error;
  }
}
