import { Type } from 'typebox';

import { accountRoles, CodeRequest, CodeRequested } from '#contracts/auth.ts';
import { ContactConfirmation, ContactKind, Contacts } from '#contracts/contacts.ts';
import type { App } from '#platform/app.ts';
import { sendIdempotent } from '#platform/idempotency/with-idempotency.ts';
import { callerOf } from '#platform/routes/enforce.ts';
import { operation } from '#platform/routes/operation.ts';

import { sendOnce } from '../codes/once.ts';
import type { AuthDeps } from '../deps.ts';
import { byOf } from '../events/by.ts';
import { claimContact, confirmContact, getContacts, removeContact } from './service.ts';

const own = { roles: accountRoles, own: accountRoles };
const example = { email: 'grace@example.org', phone: '+447700900123' };
const challengeId = '3f0c1a52-7f0b-4c39-9a53-0d6a7c0c8d11';

export function registerContacts(app: App, deps: AuthDeps): void {
  const get = operation({
    id: 'getContacts',
    summary: 'The own mail address and telephone number: one of both at least',
    access: own,
    request: {},
    answers: { 200: Contacts },
    errors: [],
    example: { answer: example },
  });
  app.get('/v1/auth/contacts', get, async (request, reply) =>
    reply.header('cache-control', 'no-store').send(await getContacts(deps, callerOf(request))),
  );

  const claim = operation({
    id: 'claimContact',
    summary:
      'Sends a code to an address or number that is to be the own one; answers alike whoever has it. Wants a sign-in of the last ten minutes',
    access: own,
    request: { body: CodeRequest },
    answers: { 202: CodeRequested },
    errors: ['reauthentication_required', 'sms_unavailable'],
    example: { body: { phone: example.phone, language: 'en' }, answer: { challengeId, expiresInSeconds: 600 } },
    needs: ['idempotency-key'],
  });
  app.post('/v1/auth/contacts', claim, async (request, reply) => {
    const by = byOf(request, deps.region);
    const owner = { client: by.client, accountId: by.caller.accountId };
    const answer = await sendOnce(deps, request, owner, () => claimContact(deps, request.body, by));
    return sendIdempotent(reply.header('cache-control', 'no-store'), answer);
  });

  const confirm = operation({
    id: 'confirmContact',
    summary: 'Makes what the code was sent to the own one, in place of what was there, and ends the other sessions then',
    access: own,
    request: { body: ContactConfirmation },
    answers: { 200: Contacts },
    errors: ['code_invalid', 'contact_taken', 'reauthentication_required'],
    example: { body: { challengeId, code: '04711815' }, answer: example },
  });
  app.post('/v1/auth/contacts/confirm', confirm, async (request, reply) =>
    reply.header('cache-control', 'no-store').send(await confirmContact(deps, request.body, byOf(request, deps.region))),
  );

  const remove = operation({
    id: 'removeContact',
    summary: 'Removes the own address or number, unless it is the last, and ends the other sessions',
    access: own,
    request: { params: Type.Object({ kind: ContactKind }) },
    answers: { 204: null },
    errors: ['not_found', 'last_contact', 'reauthentication_required'],
    example: { params: { kind: 'phone' } },
  });
  app.delete('/v1/auth/contacts/:kind', remove, async (request, reply) => {
    await removeContact(deps, request.params.kind, byOf(request, deps.region));
    return reply.code(204).send();
  });
}
