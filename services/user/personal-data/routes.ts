import { Type } from 'typebox';

import { Erasure, ErasureOrder, ErasureQuery, ExportQuery, PersonalDataExport } from '#contracts/user.ts';
import { Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { commitAndPublish } from '#platform/entity/writes.ts';
import { requireRecentSignIn } from '#platform/recent-sign-in.ts';
import { callerOf } from '#platform/routes/enforce.ts';
import { operation } from '#platform/routes/operation.ts';

import { ownAlone, type UserDeps } from '../deps.ts';
import { erasureExample, exportExample, profileExample } from '../examples.ts';
import { erasePerson, exportPersonalData } from './service.ts';

const params = Type.Object({ id: Uuid });

export function registerPersonalData(app: App, deps: UserDeps): void {
  const { clock } = deps;

  const exporting = operation({
    id: 'exportMe',
    summary:
      'All that the services of this region hold of the caller; if asked to, who is linked is told in the other region that its own waits for them there',
    access: ownAlone,
    request: { querystring: ExportQuery },
    answers: { 200: PersonalDataExport },
    errors: ['account_erased'],
    example: { query: { regions: 'both' }, answer: exportExample },
  });
  app.post('/v1/me/exports', exporting, async (request) => {
    const { accountId } = callerOf(request);
    const { regions = 'own' } = request.query;
    if (regions === 'own') return exportPersonalData(deps, accountId);
    return commitAndPublish(deps, request, () => exportPersonalData(deps, accountId, regions));
  });

  const erase = operation({
    id: 'eraseMe',
    summary:
      'Forgets the caller, but for what the law keeps, and who is linked in the other region if asked to; asked again, it answers the same receipt',
    access: ownAlone,
    request: { querystring: ErasureQuery },
    answers: { 200: Erasure },
    errors: ['sign_in_again'],
    example: { query: { regions: 'both' }, answer: erasureExample },
  });
  app.post('/v1/me/erasure', erase, async (request) => {
    const caller = callerOf(request);
    requireRecentSignIn(caller, clock.now());
    return commitAndPublish(deps, request, () =>
      erasePerson(deps, caller.accountId, { by: 'person', regions: request.query.regions ?? 'own' }),
    );
  });

  const eraseFor = operation({
    id: 'eraseUser',
    summary: 'Forgets a person who asked for it otherwise, or who has to be forgotten; in both regions, if asked to, where they are linked',
    access: { roles: ['admin'] },
    request: { params, body: ErasureOrder },
    answers: { 200: Erasure },
    errors: ['not_found', 'sign_in_again'],
    example: {
      params: { id: profileExample.accountId },
      body: { reason: 'asked_support', regions: 'both' },
      answer: { ...erasureExample, by: 'staff', reason: 'asked_support' },
    },
  });
  app.post('/v1/users/:id/erasure', eraseFor, async (request) => {
    const caller = callerOf(request);
    requireRecentSignIn(caller, clock.now());
    const { reason, regions = 'own' } = request.body;
    const by = { staffId: caller.accountId, reason };
    return commitAndPublish(deps, request, () => erasePerson(deps, request.params.id, { by, regions }));
  });
}
