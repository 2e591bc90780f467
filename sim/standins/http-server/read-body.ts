import type { IncomingMessage } from 'node:http';

/** What came of reading a body: its bytes, or that it was longer than allowed. */
export type ReadBody = { readonly tooLong: false; readonly bytes: Buffer } | { readonly tooLong: true };

const EMPTY = Buffer.alloc(0);

/**
 * Reads a request's body up to `limitBytes`. Rejects when the client goes away half-way. A body
 * over the limit is drained, not kept, so that the client can still read the refusal.
 */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<ReadBody> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= limitBytes) chunks.push(chunk);
      else chunks.length = 0;
    });
    request.once('end', () => {
      if (length > limitBytes) resolve({ tooLong: true });
      else if (chunks.length === 0) resolve({ tooLong: false, bytes: EMPTY });
      else resolve({ tooLong: false, bytes: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks) });
    });
    request.once('error', reject);
    request.once('close', () => {
      if (!request.complete) reject(new Error('the client went away before its body ended'));
    });
  });
}
