import type { FastifyRequest } from 'fastify';

import {
  AuditPage,
  AuditQuery,
  ConflictDetail,
  ConflictPage,
  DeadLetterPage,
  Discarded,
  IdParams,
  ListQuery,
  ParkedBody,
  ParkedPage,
  ReasonBody,
  Redriven,
  Released,
  SyncStatus,
  Trace,
  TraceQuery,
} from '#contracts/sync-admin.ts';
import type { App } from '#platform/app.ts';
import { AppError } from '#platform/errors.ts';

import { callerOf, operators, type OperateDeps } from './deps.ts';
import { discard, discardLetter, pause, redriveLetter, release, resume, type By } from './changes.ts';
import { listAudit, listConflicts, listDeadLetters, listParked, readConflict } from './lists.repository.ts';
import { IdPosition, KeyPosition, pageOf, positionOf } from './paging.ts';
import { registerReconcile } from './reconcile-routes.ts';
import { loadStatus } from './status.ts';
import { traceKey } from './trace.ts';

const DEFAULT_LIMIT = 50;

/**
 * The operators' API of one region, under `/v1/sync/`: for operators and administrators alone, whatever the route. Answers hold what their schemas name, and nothing else of
 * the database.
 */
export function registerOperate(root: App, deps: OperateDeps): void {
  void root.register(async (app: App) => {
    // Before anything of a request is read: a route that is added here is closed.
    app.addHook('onRequest', async (request) => void (await deps.access.requireRole(request, operators)));
    registerViews(app, deps);
    registerChanges(app, deps);
    registerReconcile(app, deps);
  });
}

function registerViews(app: App, deps: OperateDeps): void {
  const { pool } = deps;

  app.get('/v1/sync/status', { schema: { response: { 200: SyncStatus } } }, async () => loadStatus(deps));

  app.get('/v1/sync/conflicts', { schema: { querystring: ListQuery, response: { 200: ConflictPage } } }, async ({ query }) => {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const rows = await listConflicts(pool, { ...query, limit: limit + 1 }, positionOf(IdPosition, query.cursor));
    return pageOf(
      rows,
      limit,
      (row) => row,
      ({ id }) => ({ id }),
    );
  });

  app.get('/v1/sync/conflicts/:id', { schema: { params: IdParams, response: { 200: ConflictDetail } } }, async ({ params }) => {
    const found = await readConflict(pool, params.id);
    if (found === undefined) throw new AppError('not_found', { detail: 'There is no conflict of this id.' });
    return found;
  });

  app.get('/v1/sync/parked', { schema: { querystring: ListQuery, response: { 200: ParkedPage } } }, async ({ query }) => {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const rows = await listParked(pool, { ...query, limit: limit + 1 }, positionOf(KeyPosition, query.cursor));
    return pageOf(
      rows,
      limit,
      (row) => row,
      ({ entity, key }) => ({ entity, key }),
    );
  });

  app.get('/v1/sync/dead-letters', { schema: { querystring: ListQuery, response: { 200: DeadLetterPage } } }, async ({ query }) => {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const rows = await listDeadLetters(pool, { ...query, limit: limit + 1 }, positionOf(IdPosition, query.cursor));
    return pageOf(
      rows,
      limit,
      (row) => row,
      ({ id }) => ({ id }),
    );
  });

  app.get('/v1/sync/audit', { schema: { querystring: AuditQuery, response: { 200: AuditPage } } }, async ({ query }) => {
    const limit = query.limit ?? DEFAULT_LIMIT;
    const rows = await listAudit(pool, limit + 1, positionOf(IdPosition, query.cursor));
    return pageOf(
      rows,
      limit,
      (row) => row,
      ({ id }) => ({ id }),
    );
  });

  app.get('/v1/sync/trace', { schema: { querystring: TraceQuery, response: { 200: Trace } } }, async ({ query }) => {
    const found = await traceKey(pool, deps.region, query.key, query.entity);
    if (found === undefined) throw new AppError('not_found', { detail: `Nothing is known of this key in ${deps.region}.` });
    return found;
  });
}

function registerChanges(app: App, deps: OperateDeps): void {
  const by = (request: FastifyRequest, reason: string): Promise<By> => callerOf(deps, request, reason);

  app.post('/v1/sync/pause', { schema: { body: ReasonBody, response: { 200: SyncStatus } } }, async (request) => {
    await pause(deps, await by(request, request.body.reason));
    return loadStatus(deps);
  });

  app.post('/v1/sync/resume', { schema: { body: ReasonBody, response: { 200: SyncStatus } } }, async (request) => {
    await resume(deps, await by(request, request.body.reason));
    return loadStatus(deps);
  });

  app.post('/v1/sync/parked/release', { schema: { body: ParkedBody, response: { 200: Released } } }, async (request) => {
    const { entity, key, reason } = request.body;
    return release(deps, entity, key, await by(request, reason));
  });

  app.post('/v1/sync/parked/discard', { schema: { body: ParkedBody, response: { 200: Discarded } } }, async (request) => {
    const { entity, key, reason } = request.body;
    return discard(deps, entity, key, await by(request, reason));
  });

  app.post(
    '/v1/sync/dead-letters/:id/redrive',
    { schema: { params: IdParams, body: ReasonBody, response: { 200: Redriven } } },
    async (request) => redriveLetter(deps, request.params.id, await by(request, request.body.reason)),
  );

  app.post(
    '/v1/sync/dead-letters/:id/discard',
    { schema: { params: IdParams, body: ReasonBody, response: { 200: Discarded } } },
    async (request) => discardLetter(deps, request.params.id, await by(request, request.body.reason)),
  );
}
