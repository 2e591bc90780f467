import type { FastifyRequest } from 'fastify';

import { Role, type Role as RoleName } from '#platform/access.ts';
import type { RouteAccess } from '#platform/routes/operation.ts';

import type { OrderRow, Viewer } from './orders/orders.repository.ts';
import { ownerOf } from './owner.ts';
import type { Actor } from './states/advance.ts';

/** Whoever has an account. */
export const signedIn: readonly RoleName[] = Role.anyOf.map((one) => one.const);
/** Who works with the orders of all. */
export const staffRoles: readonly RoleName[] = ['support', 'warehouse', 'admin'];
/** Who decides that money goes back. */
export const refundRoles: readonly RoleName[] = ['support', 'admin'];
/** Who sees no other orders than their own. */
export const ownOnly: readonly RoleName[] = signedIn.filter((role) => !staffRoles.includes(role));

/** Routes of one order: its owner's, and the staff's. */
export const orderOwner: RouteAccess = {
  roles: 'anyone',
  otherwise: 'the bearer of the order’s token, in the header order-token; staff see all',
};

/** Whose orders a request may see. Throws AppError `unauthenticated` where it shows nothing. */
export function viewerOf(request: FastifyRequest): Viewer {
  if (request.caller !== undefined && staffRoles.includes(request.caller.role)) return 'staff';
  return ownerOf(request, 'order-token');
}

/** Whether a request may end an order that is paid, for which money goes back: its owner's may, and of the staff's those of who decides on refunds. */
export function mayPayBack({ caller }: FastifyRequest, { account_id: accountId }: Pick<OrderRow, 'account_id'>): boolean {
  if (caller === undefined || !staffRoles.includes(caller.role)) return true;
  return refundRoles.includes(caller.role) || caller.accountId === accountId;
}

/** Who does it, as the history of an order names it. */
export const actorOf = ({ caller }: FastifyRequest): Actor => caller?.role ?? 'guest';
