import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';

import { Profile, ProfileChange, ProfileListQuery, ProfileSearch } from '#contracts/user.ts';
import { pageOf, Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { ifMatchOf } from '#platform/entity/if-match.ts';
import { versionTag } from '#platform/entity/version-tag.ts';
import { callerOf } from '#platform/routes/enforce.ts';
import { operation } from '#platform/routes/operation.ts';

import { ownAlone, supportRoles, type UserDeps } from '../deps.ts';
import { profileExample } from '../examples.ts';
import type { ProfileRow } from './profile.repository.ts';
import { changeProfile, getProfile, listProfiles, openProfile, profileOf, searchProfiles } from './service.ts';

const params = Type.Object({ id: Uuid });
const pageOfExample = { items: [profileExample], pageInfo: { hasNextPage: false, hasPreviousPage: false, nextCursor: null }, total: 1 };
const send = (reply: FastifyReply, row: ProfileRow): FastifyReply => reply.header('etag', versionTag(row.version)).send(profileOf(row));

export function registerProfile(app: App, deps: UserDeps): void {
  const own = operation({
    id: 'getMe',
    summary: 'What the caller has said of themselves',
    access: ownAlone,
    request: {},
    answers: { 200: Profile },
    errors: ['account_erased'],
    example: { answer: profileExample },
    tells: ['etag'],
  });
  app.get('/v1/me', own, async (request, reply) => send(reply, await openProfile(deps, callerOf(request).accountId)));

  const change = operation({
    id: 'changeMe',
    summary: 'Changes what the body names',
    access: ownAlone,
    request: { body: ProfileChange },
    answers: { 200: Profile },
    errors: ['account_erased'],
    example: { body: { name: profileExample.name }, answer: profileExample },
    needs: ['if-match'],
    tells: ['etag'],
  });
  app.patch('/v1/me', change, async (request, reply) =>
    send(reply, await changeProfile(deps, callerOf(request).accountId, ifMatchOf(request), request.body)),
  );

  const list = operation({
    id: 'listUsers',
    summary: 'A page of profiles, the newest first',
    access: { roles: supportRoles },
    request: { querystring: ProfileListQuery },
    answers: { 200: pageOf(Profile) },
    errors: [],
    example: { query: { limit: 20 }, answer: pageOfExample },
  });
  app.get('/v1/users', list, async (request) => listProfiles(deps.db, request.query));

  const search = operation({
    id: 'searchUsers',
    summary: 'A page of the profiles whose name begins so',
    access: { roles: supportRoles },
    request: { body: ProfileSearch },
    answers: { 200: pageOf(Profile) },
    errors: [],
    example: { body: { name: 'ada', limit: 20 }, answer: pageOfExample },
  });
  app.post('/v1/users/search', search, async (request) => searchProfiles(deps.db, request.body));

  const get = operation({
    id: 'getUser',
    summary: 'One profile',
    access: { roles: supportRoles },
    request: { params },
    answers: { 200: Profile },
    errors: ['not_found'],
    example: { params: { id: profileExample.accountId }, answer: profileExample },
    tells: ['etag'],
  });
  app.get('/v1/users/:id', get, async (request, reply) => send(reply, await getProfile(deps.db, request.params.id)));
}
