import type { FastifyRequest } from 'fastify';

import type { Region } from '#contracts/regions.ts';
import type { Access, Role } from '#platform/access.ts';
import type { Clock } from '#platform/clock.ts';

import type { Reconciler } from '../reconcile/reconciler.ts';
import type { By, ChangeDeps } from './changes.ts';
import type { Backlog } from './status.ts';

export interface OperateDeps extends ChangeDeps {
  readonly region: Region;
  readonly access: Access;
  readonly clock: Clock;
  readonly backlog: Backlog;
  readonly reconciler: Pick<Reconciler, 'startReconcile' | 'resume' | 'cancel' | 'runs' | 'findings'>;
}

/** Who may look at sync, and change it: a trace and a conflict show more than the catalogue does. */
export const operators: readonly Role[] = ['operator', 'admin'];

/** Who asks for a change, and why. Throws AppError `unauthenticated` or `forbidden`. */
export async function callerOf(deps: Pick<OperateDeps, 'access'>, request: FastifyRequest, reason: string): Promise<By> {
  return { actor: (await deps.access.requireRole(request, operators)).accountId, reason };
}
