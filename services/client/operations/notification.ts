// Made of what the service declares: `npx vitest run --project unit services/client -u` writes it anew.
import { Type } from 'typebox';

import { Bounce, Notice, NoticeListQuery, Preview, PreviewRequest, Suppression, SuppressionListQuery, SuppressionSearch, Template } from '#contracts/notification.ts';
import { Uuid } from '#contracts/values.ts';

import type { ClientOperation } from '../operation.ts';

export const notificationOperations = {
  listNotifications: {
    method: 'GET',
    path: '/v1/notifications',
    query: NoticeListQuery,
    answer: Type.Object({ items: Type.Array(Notice), pageInfo: Type.Object({ hasNextPage: Type.Boolean(), hasPreviousPage: Type.Boolean(), nextCursor: Type.Union([Type.String(), Type.Null()]) }), total: Type.Integer(), moreThanTotal: Type.Optional(Type.Boolean()) }),
    roles: ['support', 'admin'],
  },
  getNotification: {
    method: 'GET',
    path: '/v1/notifications/:id',
    params: Type.Object({ id: Uuid }),
    answer: Notice,
    roles: ['support', 'admin'],
  },
  retryNotification: {
    method: 'POST',
    path: '/v1/notifications/:id/retry',
    params: Type.Object({ id: Uuid }),
    answer: Notice,
    needs: ['idempotency-key'],
    roles: ['admin'],
  },
  listTemplates: {
    method: 'GET',
    path: '/v1/templates',
    answer: Type.Object({ items: Type.Array(Template), pageInfo: Type.Object({ hasNextPage: Type.Boolean(), hasPreviousPage: Type.Boolean(), nextCursor: Type.Union([Type.String(), Type.Null()]) }), total: Type.Integer(), moreThanTotal: Type.Optional(Type.Boolean()) }),
    roles: ['support', 'admin'],
  },
  previewTemplate: {
    method: 'POST',
    path: '/v1/templates/:name/preview',
    params: Type.Object({ name: Type.String({"description":"words of small letters with hyphens between them","pattern":"^[a-z]+(-[a-z]+)*$","maxLength":64}) }),
    body: PreviewRequest,
    answer: Preview,
    roles: ['support', 'admin'],
  },
  receiveBounce: {
    method: 'POST',
    path: '/v1/notifications/bounces',
    body: Bounce,
    answer: null,
  },
  listSuppressions: {
    method: 'GET',
    path: '/v1/notifications/suppressions',
    query: SuppressionListQuery,
    answer: Type.Object({ items: Type.Array(Suppression), pageInfo: Type.Object({ hasNextPage: Type.Boolean(), hasPreviousPage: Type.Boolean(), nextCursor: Type.Union([Type.String(), Type.Null()]) }), total: Type.Integer(), moreThanTotal: Type.Optional(Type.Boolean()) }),
    roles: ['admin'],
  },
  searchSuppression: {
    method: 'POST',
    path: '/v1/notifications/suppressions/search',
    body: SuppressionSearch,
    answer: Suppression,
    roles: ['admin'],
  },
  liftSuppression: {
    method: 'DELETE',
    path: '/v1/notifications/suppressions/:id',
    params: Type.Object({ id: Uuid }),
    answer: null,
    roles: ['admin'],
  },
} as const satisfies Readonly<Record<string, ClientOperation>>;
