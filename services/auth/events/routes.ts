import { accountRoles } from '#contracts/auth.ts';
import { SecurityEvent, SecurityEventListQuery } from '#contracts/security-events.ts';
import { pageOf } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { callerOf } from '#platform/routes/enforce.ts';
import { operation } from '#platform/routes/operation.ts';

import type { AuthDeps } from '../deps.ts';
import { pageWith } from '../examples.ts';
import { listEvents } from './service.ts';

const eventExample = {
  id: '1c0d7f0e-93f4-4b8f-8a5c-2f5f1b1d9e21',
  at: '2026-03-01T09:30:00.000000Z',
  kind: 'sign_in',
  accountId: '5b6f8c0e-7d55-4ac1-8b57-2b7c1e2c9d10',
  sessionId: '9d0c2b6e-3a43-4b8b-8c1c-4a5f5f3f2b11',
  client: 'Zm9vYmFyYmF6cXV4MTIzNA',
  byStaff: false,
  detail: { method: 'code' },
};

export function registerEvents(app: App, deps: AuthDeps): void {
  const list = operation({
    id: 'listSecurityEvents',
    summary: 'A page of the security log, the newest first: the own part, for administrators all',
    access: { roles: accountRoles, own: accountRoles.filter((role) => role !== 'admin') },
    request: { querystring: SecurityEventListQuery },
    answers: { 200: pageOf(SecurityEvent) },
    errors: [],
    example: { query: { kind: 'sign_in', limit: 20 }, answer: pageWith(eventExample) },
  });
  app.get('/v1/auth/events', list, async (request, reply) =>
    reply.header('cache-control', 'no-store').send(await listEvents(deps, request.query, callerOf(request))),
  );
}
