import type { TSchema } from 'typebox';

import { operation } from '#platform/routes/operation.ts';

import { staffRoles } from './deps.ts';

/** The declaration of a route that deletes what is synced: staff's, by its version, and answered with the stamp of the tombstone that it leaves. */
export const deletion = <const Params extends TSchema>(of: {
  readonly id: string;
  readonly summary: string;
  readonly params: Params;
  readonly example: object;
}) =>
  operation({
    id: of.id,
    summary: of.summary,
    access: { roles: staffRoles },
    request: { params: of.params },
    answers: { 204: null },
    errors: ['not_found', 'in_use'],
    example: { params: of.example },
    needs: ['if-match'],
  });
