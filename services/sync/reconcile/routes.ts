import type pg from 'pg';
import type { TSchema, Static } from 'typebox';

import type { App } from '#platform/app.ts';
import type { Clock } from '#platform/clock.ts';
import { AppError, codeOf } from '#platform/errors.ts';

import { createAdmission } from '../ingest/admission.ts';
import { takeNonce } from '../ingest/apply.repository.ts';
import { sendSigned } from '../ingest/signed-answer.ts';
import { inTransaction } from '../ingest/transaction.ts';
import type { SyncKeys } from '../keys.ts';
import { isSpoken, PROTOCOL_VERSION } from '../protocol/versions.ts';
import { decoderOf, DigestsRequest, encode, RECONCILE_ANSWER_TYPE, RECONCILE_TYPE, RepointRequest, StampsRequest } from './messages.ts';
import type { Side } from './side.ts';

/** More than this at once waits at the asker instead of here: each is heavy work for the database. */
const MOST_IN_FLIGHT = 2;

/**
 * What the peer may ask of this side, beside the applying of batches: digests and stamps of what is held here, and that it be pointed at.
 * Who may: the peer, by its signature; a request works once. No answer holds contents of rows.
 */
export function addReconcileRoutes(
  app: App,
  deps: { readonly pool: pg.Pool; readonly keys: SyncKeys; readonly clock: Clock; readonly side: Side },
): void {
  const { pool, side } = deps;
  const admission = createAdmission(deps, MOST_IN_FLIGHT);
  app.addContentTypeParser(RECONCILE_TYPE, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  function route<Schema extends TSchema>(path: string, schema: Schema, answer: (request: Static<Schema>) => Promise<object>): void {
    const decode = decoderOf(schema);
    app.post(path, { onRequest: admission.enter }, async (request, reply) =>
      admission.work(request, reply, RECONCILE_TYPE, async (verified, body) => {
        const { keyId, nonce, expires } = verified.signature;
        try {
          const { isFresh } = await inTransaction(pool, (client) => takeNonce(client, keyId, nonce, expires));
          if (!isFresh) throw new AppError('signature_replayed');
          const message = await decode(body);
          if (message === undefined) throw new AppError('malformed_body');
          return await sendSigned(deps, reply, verified, await encode(await answer(message)), RECONCILE_ANSWER_TYPE);
        } catch (error) {
          // A key that is none: the asker's fault, not ours.
          if (codeOf(error)?.startsWith('22') === true) throw new AppError('malformed_body', { cause: error });
          throw error;
        }
      }),
    );
  }

  const spoken = ({ protocol }: { protocol: string }): void => {
    if (!isSpoken(protocol)) throw new AppError('protocol_unsupported', { detail: `Spoken here: ${PROTOCOL_VERSION}.` });
  };
  route('/sync/v1/digests', DigestsRequest, (request) => (spoken(request), side.digests(request)));
  route('/sync/v1/stamps', StampsRequest, (request) => (spoken(request), side.stamps(request)));
  route('/sync/v1/repoint', RepointRequest, (request) => (spoken(request), side.repoint(request)));
}
