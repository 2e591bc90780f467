import { Type } from 'typebox';

import { accountRoles } from '#contracts/auth.ts';
import { Session, SessionListQuery } from '#contracts/sessions.ts';
import { pageOf, Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { callerOf } from '#platform/routes/enforce.ts';
import { operation } from '#platform/routes/operation.ts';

import type { AuthDeps } from '../deps.ts';
import { byOf } from '../events/by.ts';
import { pageWith } from '../examples.ts';
import { endOtherSessions, endOwnSession, listSessions } from './service.ts';

const own = { roles: accountRoles, own: accountRoles };
const params = Type.Object({ id: Uuid });
const sessionExample = {
  id: '9d0c2b6e-3a43-4b8b-8c1c-4a5f5f3f2b11',
  device: 'Firefox on Windows',
  createdAt: '2026-03-01T09:30:00.000000Z',
  lastUsedAt: '2026-03-02T18:05:00.000000Z',
  expiresAt: '2026-03-31T09:30:00.000000Z',
  current: true,
};

export function registerSessions(app: App, deps: AuthDeps): void {
  const list = operation({
    id: 'listSessions',
    summary: 'A page of the own sessions, the newest first',
    access: own,
    request: { querystring: SessionListQuery },
    answers: { 200: pageOf(Session) },
    errors: [],
    example: { query: { limit: 20 }, answer: pageWith(sessionExample) },
  });
  app.get('/v1/auth/sessions', list, async (request, reply) =>
    reply.header('cache-control', 'no-store').send(await listSessions(deps, request.query, callerOf(request))),
  );

  const end = operation({
    id: 'endSession',
    summary: 'Ends one of the own sessions',
    access: own,
    request: { params },
    answers: { 204: null },
    errors: ['not_found'],
    example: { params: { id: sessionExample.id } },
  });
  app.delete('/v1/auth/sessions/:id', end, async (request, reply) => {
    await endOwnSession(deps, request.params.id, byOf(request));
    return reply.code(204).send();
  });

  const endOthers = operation({
    id: 'endOtherSessions',
    summary: 'Ends all own sessions but the one that asks',
    access: own,
    request: {},
    answers: { 204: null },
    errors: [],
    example: {},
  });
  app.delete('/v1/auth/sessions', endOthers, async (request, reply) => {
    await endOtherSessions(deps, byOf(request));
    return reply.code(204).send();
  });
}
