import type { FastifyReply, FastifyRequest } from 'fastify';
import type pg from 'pg';

import type { SyncPolicies } from '#contracts/sync-policy.ts';
import type { App } from '#platform/app.ts';
import type { Clock } from '#platform/clock.ts';
import { AppError } from '#platform/errors.ts';
import type { Readiness } from '#platform/health.ts';
import { createHttpApp } from '#platform/http.ts';
import type { Logger } from '#platform/log.ts';
import { createPlaces } from '#platform/places.ts';
import type { Telemetry } from '#platform/telemetry.ts';

import type { SyncKeys } from '../keys.ts';
import type { IngestObserver } from '../operate/observer.ts';
import { writeAnswer } from '../protocol/answer.ts';
import { BATCH_TYPE } from '../protocol/body.ts';
import { SPOKEN, VERSIONS_PATH } from '../protocol/versions.ts';
import { addReconcileRoutes } from '../reconcile/routes.ts';
import type { Side } from '../reconcile/side.ts';
import { addAdmissions, assertThere, createAdmission } from './admission.ts';
import { takeNonce } from './apply.repository.ts';
import { applyGroups, screenOf } from './apply.ts';
import { wake } from './parked.ts';
import { readBody } from './read-body.ts';
import { sendSigned } from './signed-answer.ts';
import { tracesIn } from './traces.ts';
import { inTransaction } from './transaction.ts';
import type { Verified } from './verify.ts';

const APPLY_PATH = '/sync/v1/apply';
const BODY_LIMIT_BYTES = 4 * 1024 * 1024;
/** More than this at once waits at the sender instead of here. */
const MOST_IN_FLIGHT = 64;
/** So many are expanded and applied at a time; the others wait compressed. */
const MOST_APPLYING = 4;
/** A body of 1 MiB takes a minute on a flow of 0.18 Mbit/s. Nonces are kept for longer (`takeNonce`). */
const REQUEST_TIMEOUT_MS = 300_000;

export interface IngestDeps {
  readonly pool: pg.Pool;
  readonly policies: SyncPolicies;
  readonly keys: SyncKeys;
  readonly log: Logger;
  readonly clock: Clock;
  readonly readiness: Readiness;
  readonly observer?: IngestObserver;
  /** Publishes what settling a collision has written here. */
  readonly publish?: () => Promise<void>;
  /** What the peer may compare with, where this region takes part in reconciliation. */
  readonly side?: Side;
  readonly telemetry?: Telemetry;
}

/** The receiving side of the border: takes signed batches, applies each in one transaction, answers every item, signs the answer. */
export function buildIngestApp(deps: IngestDeps): App {
  const { pool, policies, log, clock } = deps;
  const app = createHttpApp({
    name: 'sync',
    routes: 'undeclared',
    log,
    readiness: deps.readiness,
    bodyLimitBytes: BODY_LIMIT_BYTES,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    // A border that swallows what it carries keeps the peer's new connections empty: closed early, they would look like resets, which are tried again at once.
    headersTimeoutMs: REQUEST_TIMEOUT_MS,
    // Its limits are the admission's, who asks for a signature first.
    ...(deps.telemetry === undefined ? {} : { telemetry: deps.telemetry }),
    // The peer reaches this listener.
    hidesMetrics: true,
  });
  const applying = createPlaces(MOST_APPLYING);
  addAdmissions(app);
  app.addContentTypeParser(BATCH_TYPE, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  // Whoever is about to post asks which versions are spoken; there is nothing else to learn here.
  app.get(VERSIONS_PATH, async () => ({ spoken: SPOKEN }));

  if (deps.observer !== undefined) {
    const { observer } = deps;
    app.addHook('onError', async (_request, _reply, error) => observer.refused(error instanceof AppError ? error.code : 'internal'));
  }

  const admission = createAdmission(deps, MOST_IN_FLIGHT);

  async function takeBatch(request: FastifyRequest, reply: FastifyReply, verified: Verified, body: Buffer): Promise<unknown> {
    const startedAt = clock.now();
    const { signature, digest } = verified;
    const answers = await applying.run(async () => {
      // While it waited for its turn.
      assertThere(reply);
      const { groups, resolve } = await readBody(body, request.headers['content-encoding']);
      let colliding = false;
      const applied = await inTransaction(pool, async (client) => {
        const within = { client, policies };
        const [nonce, screen] = await Promise.all([
          takeNonce(client, signature.keyId, signature.nonce, signature.expires),
          screenOf(within, groups),
        ]);
        if (!nonce.isFresh) throw new AppError('signature_replayed');
        colliding = nonce.colliding;
        return applyGroups(within, groups, { resolve, screen });
      });
      deps.observer?.applied({ groups, answers: applied, nonce: signature.nonce, bytes: body.length, ms: clock.now() - startedAt });
      await wake(deps, groups, applied, colliding);
      if (resolve) await deps.publish?.();
      return applied.flat();
    });
    const others = answers.filter(({ outcome }) => outcome !== 'applied').length;
    request.log.info(
      { traceId: request.trace.traceId, traceparents: tracesIn(request), items: answers.length, others, wireBytes: body.length },
      'batch',
    );
    reply.header('server-timing', `apply;dur=${Math.round(clock.now() - startedAt)}`);
    return sendSigned(deps, reply, verified, Buffer.from(writeAnswer(digest, answers)), 'application/json');
  }

  app.post(APPLY_PATH, { onRequest: admission.enter }, async (request, reply) =>
    admission.work(request, reply, BATCH_TYPE, async (verified, body) => takeBatch(request, reply, verified, body)),
  );
  if (deps.side !== undefined) addReconcileRoutes(app, { ...deps, side: deps.side });
  return app;
}
