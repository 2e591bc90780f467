import {
  Done,
  Findings,
  IdParams,
  ReasonBody,
  ReconcileBody,
  ReconcileRuns,
  ReconcileStarted,
  type ReconcileRun,
} from '#contracts/sync-admin.ts';
import type { App } from '#platform/app.ts';
import { AppError, codeOf, messageOf } from '#platform/errors.ts';

import { inTransaction } from '../ingest/transaction.ts';
import type { Run } from '../reconcile/runs.repository.ts';
import { writeAudit, type Act } from './changes.repository.ts';
import { callerOf, type OperateDeps } from './deps.ts';

const MOST_RUNS = 20;
const MOST_FINDINGS = 1_000;

const instantOf = (time: Date | string): string => new Date(time).toISOString();

const runOf = ({ startedAt, finishedAt, peer: _peer, atKey: _atKey, counts, ...run }: Run): ReconcileRun => ({
  ...run,
  counts: { ...counts },
  startedAt: instantOf(startedAt),
  finishedAt: finishedAt === null ? null : instantOf(finishedAt),
});

/**
 * Reconciliation for operators. A run changes nothing by itself that an audit could share a transaction with: the audit is written before it is asked
 * for, so that none begins without one.
 */
export function registerReconcile(app: App, deps: OperateDeps): void {
  const { reconciler } = deps;
  const audited = (act: Act): Promise<void> => inTransaction(deps.pool, (client) => writeAudit(client, act));

  app.get('/v1/sync/reconcile', { schema: { response: { 200: ReconcileRuns } } }, async () => ({
    items: (await reconciler.runs(MOST_RUNS)).map(runOf),
  }));

  app.get('/v1/sync/reconcile/:id/findings', { schema: { params: IdParams, response: { 200: Findings } } }, async ({ params }) => {
    const items = await reconciler.findings(params.id, MOST_FINDINGS);
    if (items === undefined) throw new AppError('not_found', { detail: `There is no run ${params.id}.` });
    return { items };
  });

  app.post('/v1/sync/reconcile', { schema: { body: ReconcileBody, response: { 200: ReconcileStarted } } }, async (request) => {
    const { reason, entity, dryRun = false, deep = false, fill = false } = request.body;
    if (entity !== undefined && deps.policies.of(entity) === undefined)
      throw new AppError('not_found', { detail: `${entity} is not synced here.` });
    if (entity !== undefined && fill)
      throw new AppError('invalid_request', {
        errors: [{ field: 'entity', message: 'cannot be named with fill: a region is filled as a whole' }],
      });
    const { actor } = await callerOf(deps, request, reason);
    await audited({ actor, reason, action: 'reconcile', subject: { entity: entity ?? null, dryRun, deep, fill } });
    const id = await reconciler
      .startReconcile({ dryRun, deep, fill, ...(entity === undefined ? {} : { entity }) })
      .catch((error: unknown) => {
        // A failure of the database has a code; what is left is that one is under way.
        if (codeOf(error) !== undefined) throw error;
        throw new AppError('already_exists', { detail: messageOf(error), cause: error });
      });
    return { id };
  });

  for (const [action, work] of [
    ['resume', reconciler.resume],
    ['cancel', reconciler.cancel],
  ] as const) {
    app.post(
      `/v1/sync/reconcile/:id/${action}`,
      { schema: { params: IdParams, body: ReasonBody, response: { 200: Done } } },
      async (request) => {
        const { id } = request.params;
        const { actor, reason } = await callerOf(deps, request, request.body.reason);
        await audited({ actor, reason, action: `${action}-reconcile`, subject: { id } });
        if (!(await work(id)))
          throw new AppError('not_found', { detail: `There is no run ${id} to ${action}: the list of runs says what has become of it.` });
        return { id };
      },
    );
  }
}
