import { Refusal } from './problems.ts';

/**
 * Reads a request's body whole, up to `limitBytes`; without a byte of a longer one having reached the origin it is refused. Up to twice the
 * limit is read all the same and thrown away, because a client that is cut off while it sends may never see the refusal.
 * `undefined` where the request has no body.
 */
export async function readBody(request: Request, limitBytes: number): Promise<Uint8Array | undefined> {
  if (request.body === null || request.method === 'GET' || request.method === 'HEAD') return undefined;
  const declared = Number(request.headers.get('content-length') ?? 0);
  if (declared > 2 * limitBytes) throw new Refusal('body_too_large');
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of request.body) {
    total += chunk.byteLength;
    if (total > 2 * limitBytes) throw new Refusal('body_too_large');
    if (total <= limitBytes) chunks.push(chunk);
  }
  if (total > limitBytes) throw new Refusal('body_too_large');
  const whole = new Uint8Array(total);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}
