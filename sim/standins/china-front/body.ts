import type { IncomingMessage } from 'node:http';

import { GatewayProblem } from './problem.ts';

/** Reads the body whole. One that is too long is read to its end if that is near, so that its sender gets to see the answer. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer | null> {
  const patienceBytes = 2 * limitBytes;
  if (Number(request.headers['content-length'] ?? 0) > patienceBytes) throw new GatewayProblem('body_too_large');
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let total = 0;
    request.on('data', (chunk: Buffer) => {
      total += chunk.length;
      if (total <= limitBytes) chunks.push(chunk);
      if (total <= patienceBytes) return;
      request.pause();
      reject(new GatewayProblem('body_too_large'));
    });
    request.on('end', () => {
      if (total > limitBytes) reject(new GatewayProblem('body_too_large'));
      else resolve(total === 0 || request.method === 'GET' || request.method === 'HEAD' ? null : Buffer.concat(chunks));
    });
    request.on('error', reject);
  });
}
