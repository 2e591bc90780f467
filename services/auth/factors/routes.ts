import { Type } from 'typebox';

import { accountRoles } from '#contracts/auth.ts';
import { Factors, TotpConfirmation, TotpEnrolment } from '#contracts/factors.ts';
import { Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { callerOf } from '#platform/routes/enforce.ts';
import { operation } from '#platform/routes/operation.ts';

import type { AuthDeps } from '../deps.ts';
import { byOf } from '../events/by.ts';
import { factorExample } from '../examples.ts';
import { confirmTotp, enrolTotp } from '../totp/service.ts';
import { listFactors, removeFactor, resetFactors } from './service.ts';

const own = { roles: accountRoles, own: accountRoles };
const params = Type.Object({ id: Uuid });

export function registerFactors(app: App, deps: AuthDeps): void {
  const list = operation({
    id: 'listFactors',
    summary: 'The own second factors',
    access: own,
    request: {},
    answers: { 200: Factors },
    errors: [],
    example: { answer: { factors: [factorExample] } },
  });
  app.get('/v1/auth/factors', list, async (request, reply) =>
    reply.header('cache-control', 'no-store').send(await listFactors(deps, callerOf(request))),
  );

  const remove = operation({
    id: 'removeFactor',
    summary: 'Removes one of the own factors and ends the other sessions; wants a sign-in of the last ten minutes',
    access: own,
    request: { params },
    answers: { 204: null },
    errors: ['not_found', 'reauthentication_required'],
    example: { params: { id: factorExample.id } },
  });
  app.delete('/v1/auth/factors/:id', remove, async (request, reply) => {
    await removeFactor(deps, request.params.id, byOf(request, deps.region));
    return reply.code(204).send();
  });

  const enrol = operation({
    id: 'enrolTotp',
    summary: 'A secret for an authenticator app (RFC 6238), shown once; it counts when a code of it has confirmed it',
    access: own,
    request: {},
    answers: { 201: TotpEnrolment },
    errors: ['already_exists', 'reauthentication_required'],
    example: {
      answer: {
        id: factorExample.id,
        secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
        uri: 'otpauth://totp/madeinworld%20world:grace%40example.org?issuer=madeinworld%20world&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&algorithm=SHA1&digits=6&period=30',
      },
    },
  });
  app.post('/v1/auth/factors/totp', enrol, async (request, reply) =>
    reply
      .code(201)
      .header('cache-control', 'no-store')
      .send(await enrolTotp(deps, callerOf(request))),
  );

  const confirm = operation({
    id: 'confirmTotp',
    summary: 'Confirms the app with a code of it; the session has proved a second factor by that',
    access: own,
    request: { body: TotpConfirmation },
    answers: { 204: null },
    errors: ['second_factor_invalid', 'reauthentication_required'],
    example: { body: { code: '287082' } },
  });
  app.post('/v1/auth/factors/totp/confirmation', confirm, async (request, reply) => {
    await confirmTotp(deps, request.body.code, byOf(request, deps.region));
    return reply.code(204).send();
  });

  const reset = operation({
    id: 'resetFactors',
    summary: 'Removes all factors of somebody else who has lost them, and ends the sessions',
    access: { roles: ['admin'] },
    request: { params },
    answers: { 204: null },
    errors: ['not_found', 'reauthentication_required'],
    example: { params: { id: '5b6f8c0e-7d55-4ac1-8b57-2b7c1e2c9d10' } },
  });
  app.delete('/v1/auth/accounts/:id/factors', reset, async (request, reply) => {
    await resetFactors(deps, request.params.id, byOf(request, deps.region));
    return reply.code(204).send();
  });
}
