import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';

import type pg from 'pg';

import type { SyncPolicies } from '#contracts/sync-policy.ts';
import type { Clock } from '#platform/clock.ts';
import { AppError } from '#platform/errors.ts';
import type { Readiness } from '#platform/health.ts';
import type { App } from '#platform/app.ts';
import { createHttpApp } from '#platform/http.ts';
import type { Logger } from '#platform/log.ts';

import type { SyncKeys } from '../keys.ts';
import type { IngestObserver } from '../operate/observer.ts';
import { BATCH_TYPE, isSpoken, MalformedBatch, PROTOCOL_VERSION, readBatch, writeAnswer, type EntityItems } from '../protocol/body.ts';
import { addReconcileRoutes } from '../reconcile/routes.ts';
import type { Side } from '../reconcile/side.ts';
import { takeNonce } from './apply.repository.ts';
import { applyGroups } from './apply.ts';
import { wake } from './parked.ts';
import { sendSigned } from './signed-answer.ts';
import { inTransaction } from './transaction.ts';
import { verifySigned } from './verify.ts';

const decompress = promisify(zstdDecompress);
const BODY_LIMIT_BYTES = 4 * 1024 * 1024;
const EXPANDED_LIMIT_BYTES = 32 * 1024 * 1024;
/** More than this at once waits at the sender instead of here. */
const MOST_IN_FLIGHT = 16;

export interface IngestDeps {
  readonly pool: pg.Pool;
  readonly policies: SyncPolicies;
  readonly keys: SyncKeys;
  readonly log: Logger;
  readonly clock: Clock;
  readonly readiness: Readiness;
  readonly observer?: IngestObserver;
  /** What the peer may compare with, where this region takes part in reconciliation. */
  readonly side?: Side;
}

async function readBody(body: Buffer, encoding: string | undefined): Promise<{ groups: EntityItems[]; resolve: boolean }> {
  if (encoding !== 'zstd') throw new AppError('unsupported_media_type', { detail: 'The body is compressed with zstd.' });
  let text: string;
  try {
    text = (await decompress(body, { maxOutputLength: EXPANDED_LIMIT_BYTES })).toString('utf8');
  } catch (error) {
    throw new AppError('malformed_body', { detail: 'The body is not zstd, or too large when expanded.', cause: error });
  }
  try {
    const { header, groups } = readBatch(text);
    if (!isSpoken(header.protocol)) {
      throw new AppError('protocol_unsupported', { detail: `Spoken here: ${PROTOCOL_VERSION}.` });
    }
    return { groups, resolve: header.resolve === true };
  } catch (error) {
    if (error instanceof MalformedBatch) throw new AppError('malformed_body', { detail: error.message });
    throw error;
  }
}

/** The receiving side of the border: takes signed batches, applies each in one transaction, answers every item, signs the answer. */
export function buildIngestApp(deps: IngestDeps): App {
  const { pool, policies, keys, log, clock } = deps;
  const app = createHttpApp({ name: 'sync', log, readiness: deps.readiness, bodyLimitBytes: BODY_LIMIT_BYTES, requestTimeoutMs: 120_000 });
  let inFlight = 0;
  app.addContentTypeParser(BATCH_TYPE, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  if (deps.observer !== undefined) {
    const { observer } = deps;
    app.addHook('onError', async (_request, _reply, error) => observer.refused(error instanceof AppError ? error.code : 'internal'));
  }

  app.post('/sync/v1/apply', async (request, reply) => {
    if (inFlight >= MOST_IN_FLIGHT) throw new AppError('unavailable', { headers: { 'retry-after': '1' } });
    inFlight += 1;
    try {
      const { body } = request;
      const startedAt = clock.now();
      if (!Buffer.isBuffer(body)) throw new AppError('unsupported_media_type', { detail: `Send ${BATCH_TYPE}.` });
      const verified = await verifySigned(request, body, keys, clock.now());
      const { signature, digest } = verified;
      const { groups, resolve } = await readBody(body, request.headers['content-encoding']);
      let colliding = false;
      const answers = await inTransaction(pool, async (client) => {
        const nonce = await takeNonce(client, signature.keyId, signature.nonce, signature.expires);
        if (!nonce.isFresh) throw new AppError('signature_replayed');
        colliding = nonce.colliding;
        return applyGroups({ client, policies }, groups, { resolve });
      });
      deps.observer?.applied({ groups, answers, nonce: signature.nonce, bytes: body.length, ms: clock.now() - startedAt });
      await wake(deps, groups, answers, colliding);
      const text = writeAnswer(digest, answers.flat());
      return await sendSigned(deps, reply, verified, Buffer.from(text), 'application/json');
    } finally {
      inFlight -= 1;
    }
  });
  if (deps.side !== undefined) addReconcileRoutes(app, { ...deps, side: deps.side });
  return app;
}
