// Made of what the service declares: `npx vitest run --project unit services/client -u` writes it anew.
import { Type } from 'typebox';

import { Address, AddressList, AddressWriting, Consents, ConsentsWriting, Erasure, ErasureOrder, ExportQuery, Link, LinkClaim, LinkOffer, PersonalDataExport, Profile, ProfileChange, ProfileListQuery, ProfileSearch } from '#contracts/user.ts';
import { Uuid } from '#contracts/values.ts';

import type { ClientOperation } from '../operation.ts';

export const userOperations = {
  getMe: {
    method: 'GET',
    path: '/v1/me',
    answer: Profile,
  },
  changeMe: {
    method: 'PATCH',
    path: '/v1/me',
    body: ProfileChange,
    answer: Profile,
    needs: ['if-match'],
  },
  listUsers: {
    method: 'GET',
    path: '/v1/users',
    query: ProfileListQuery,
    answer: Type.Object({ items: Type.Array(Profile), pageInfo: Type.Object({ hasNextPage: Type.Boolean(), hasPreviousPage: Type.Boolean(), nextCursor: Type.Union([Type.String(), Type.Null()]) }), total: Type.Integer(), moreThanTotal: Type.Optional(Type.Boolean()) }),
    roles: ['support', 'admin'],
  },
  searchUsers: {
    method: 'POST',
    path: '/v1/users/search',
    body: ProfileSearch,
    answer: Type.Object({ items: Type.Array(Profile), pageInfo: Type.Object({ hasNextPage: Type.Boolean(), hasPreviousPage: Type.Boolean(), nextCursor: Type.Union([Type.String(), Type.Null()]) }), total: Type.Integer(), moreThanTotal: Type.Optional(Type.Boolean()) }),
    roles: ['support', 'admin'],
  },
  getUser: {
    method: 'GET',
    path: '/v1/users/:id',
    params: Type.Object({ id: Uuid }),
    answer: Profile,
    roles: ['support', 'admin'],
  },
  listMyAddresses: {
    method: 'GET',
    path: '/v1/me/addresses',
    answer: AddressList,
  },
  getMyAddress: {
    method: 'GET',
    path: '/v1/me/addresses/:id',
    params: Type.Object({ id: Uuid }),
    answer: Address,
  },
  addMyAddress: {
    method: 'POST',
    path: '/v1/me/addresses',
    body: AddressWriting,
    answer: Address,
  },
  putMyAddress: {
    method: 'PUT',
    path: '/v1/me/addresses/:id',
    params: Type.Object({ id: Uuid }),
    body: AddressWriting,
    answer: Address,
    needs: ['if-match'],
  },
  removeMyAddress: {
    method: 'DELETE',
    path: '/v1/me/addresses/:id',
    params: Type.Object({ id: Uuid }),
    answer: null,
    needs: ['if-match'],
  },
  getMyConsents: {
    method: 'GET',
    path: '/v1/me/consents',
    answer: Consents,
  },
  putMyConsents: {
    method: 'PUT',
    path: '/v1/me/consents',
    body: ConsentsWriting,
    answer: Consents,
  },
  getMyLink: {
    method: 'GET',
    path: '/v1/me/link',
    answer: Link,
  },
  offerMyLink: {
    method: 'POST',
    path: '/v1/me/link',
    answer: LinkOffer,
  },
  claimMyLink: {
    method: 'POST',
    path: '/v1/me/link/claim',
    body: LinkClaim,
    answer: Link,
  },
  endMyLink: {
    method: 'DELETE',
    path: '/v1/me/link',
    answer: null,
  },
  exportMe: {
    method: 'POST',
    path: '/v1/me/exports',
    query: ExportQuery,
    answer: PersonalDataExport,
  },
  eraseMe: {
    method: 'POST',
    path: '/v1/me/erasure',
    query: ExportQuery,
    answer: Erasure,
  },
  eraseUser: {
    method: 'POST',
    path: '/v1/users/:id/erasure',
    params: Type.Object({ id: Uuid }),
    body: ErasureOrder,
    answer: Erasure,
    roles: ['admin'],
  },
} as const satisfies Readonly<Record<string, ClientOperation>>;
