import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';

import { Address, AddressList, AddressWriting } from '#contracts/user.ts';
import { Uuid } from '#contracts/values.ts';
import type { App } from '#platform/app.ts';
import { ifMatchOf } from '#platform/entity/if-match.ts';
import { versionTag } from '#platform/entity/version-tag.ts';
import { callerOf } from '#platform/routes/enforce.ts';
import { operation } from '#platform/routes/operation.ts';

import { ownAlone, type UserDeps } from '../deps.ts';
import { addressExample, addressWritingExample, chineseAddressExample, chineseAddressWritingExample } from '../examples.ts';
import type { AddressRow } from './addresses.repository.ts';
import { addAddress, addressOf, getAddress, listAddresses, putAddress, removeAddress } from './service.ts';

const params = Type.Object({ id: Uuid });
const ofExample = { id: addressExample.id };
const send = (reply: FastifyReply, row: AddressRow): FastifyReply => reply.header('etag', versionTag(row.version)).send(addressOf(row));

export function registerAddresses(app: App, deps: UserDeps): void {
  const { db } = deps;

  const list = operation({
    id: 'listMyAddresses',
    summary: "The caller's addresses, the oldest first",
    access: ownAlone,
    request: {},
    answers: { 200: AddressList },
    errors: [],
    example: { answer: { items: [addressExample, chineseAddressExample] } },
  });
  app.get('/v1/me/addresses', list, async (request) => ({ items: await listAddresses(db, callerOf(request).accountId) }));

  const get = operation({
    id: 'getMyAddress',
    summary: "One of the caller's addresses",
    access: ownAlone,
    request: { params },
    answers: { 200: Address },
    errors: ['not_found'],
    example: { params: ofExample, answer: addressExample },
    tells: ['etag'],
  });
  app.get('/v1/me/addresses/:id', get, async (request, reply) =>
    send(reply, await getAddress(db, callerOf(request).accountId, request.params.id)),
  );

  const add = operation({
    id: 'addMyAddress',
    summary: 'A new address, of the western or the Chinese form',
    access: ownAlone,
    request: { body: AddressWriting },
    answers: { 201: Address },
    errors: ['limit_reached', 'account_erased'],
    example: { body: addressWritingExample, answer: addressExample },
    tells: ['etag', 'location'],
  });
  app.post('/v1/me/addresses', add, async (request, reply) => {
    const row = await addAddress(deps, callerOf(request).accountId, request.body);
    return send(reply.code(201).header('location', `/v1/me/addresses/${row.id}`), row);
  });

  const put = operation({
    id: 'putMyAddress',
    summary: 'Puts another content into an address',
    access: ownAlone,
    request: { params, body: AddressWriting },
    answers: { 200: Address },
    errors: ['not_found', 'account_erased'],
    example: { params: ofExample, body: chineseAddressWritingExample, answer: chineseAddressExample },
    needs: ['if-match'],
    tells: ['etag'],
  });
  app.put('/v1/me/addresses/:id', put, async (request, reply) =>
    send(reply, await putAddress(deps, callerOf(request).accountId, request.params.id, ifMatchOf(request), request.body)),
  );

  const remove = operation({
    id: 'removeMyAddress',
    summary:
      'Forgets an address; orders that went there keep their copy. Of the others that which was changed last becomes the default, where this was it',
    access: ownAlone,
    request: { params },
    answers: { 204: null },
    errors: ['not_found', 'account_erased'],
    example: { params: ofExample },
    needs: ['if-match'],
  });
  app.delete('/v1/me/addresses/:id', remove, async (request, reply) => {
    await removeAddress(deps, callerOf(request).accountId, request.params.id, ifMatchOf(request));
    return reply.code(204).send();
  });
}
