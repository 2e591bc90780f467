import { Type } from 'typebox';

import { Suppression, SuppressionListQuery, SuppressionSearch } from '#contracts/notification.ts';
import { pageOf, Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { operation } from '#platform/routes/operation.ts';

import { administrators, type NotificationDeps } from '../deps.ts';
import { bounceExample, onlyPage, suppressionExample } from '../examples.ts';
import { liftSuppression, listSuppressions, searchSuppression } from './service.ts';

const access = { roles: administrators };

export function registerSuppressions(app: App, deps: NotificationDeps): void {
  const list = operation({
    id: 'listSuppressions',
    summary: 'A page of the addresses that get nothing, by their digests, the newest first',
    access,
    request: { querystring: SuppressionListQuery },
    answers: { 200: pageOf(Suppression) },
    errors: [],
    example: { query: { limit: 20 }, answer: onlyPage(suppressionExample) },
  });
  app.get('/v1/notifications/suppressions', list, async (request) => listSuppressions(deps, request.query));

  // In the body: what stands in a URL is logged on its way.
  const search = operation({
    id: 'searchSuppression',
    summary: 'Whether an address gets nothing, and why',
    access,
    request: { body: SuppressionSearch },
    answers: { 200: Suppression },
    errors: ['not_found'],
    example: { body: { address: bounceExample.address }, answer: suppressionExample },
  });
  app.post('/v1/notifications/suppressions/search', search, async (request) => searchSuppression(deps, request.body.address));

  const lift = operation({
    id: 'liftSuppression',
    summary: 'Lets an address be written to again',
    access,
    request: { params: Type.Object({ id: Uuid }) },
    answers: { 204: null },
    errors: ['not_found'],
    example: { params: { id: suppressionExample.id } },
  });
  app.delete('/v1/notifications/suppressions/:id', lift, async (request, reply) => {
    await liftSuppression(deps, request.params.id);
    return reply.code(204).send();
  });
}
