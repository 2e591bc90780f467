import type { FastifyRequest } from 'fastify';

import type { Language } from '#contracts/user.ts';

import { staffRoles } from '../deps.ts';
import { preferredLanguage } from '../languages/negotiate.ts';
import type { Reader } from './service.ts';

/** What the answers about products depend on besides their address. */
export const VARY = 'authorization, accept-language';

/**
 * Who reads, in which language: the one that the query names, or what Accept-Language likes best. To staff only the query counts: an editor's browser sends the
 * header unasked, and a form that was filled with a translation would save it as the product's own text.
 */
export function readerOf({ caller, headers }: FastifyRequest, language: Language | undefined): Reader {
  const isStaff = caller !== undefined && staffRoles.includes(caller.role);
  return { isStaff, language: language ?? (isStaff ? undefined : preferredLanguage(headers['accept-language'])) };
}
