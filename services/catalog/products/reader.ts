import type { FastifyRequest } from 'fastify';

import type { Language } from '#contracts/user.ts';

import { staffRoles } from '../deps.ts';
import { preferredLanguage } from '../languages/negotiate.ts';
import type { Reader } from './service.ts';

/** What the answers about products depend on besides their address. */
export const VARY = 'authorization, accept-language';

export const isStaff = ({ caller }: FastifyRequest): boolean => caller !== undefined && staffRoles.includes(caller.role);

/**
 * Who reads, in which language: the one that the query names, or what Accept-Language likes best. To staff only the query counts: an editor's browser sends the
 * header unasked, and a form that was filled with a translation would save it as the product's own text.
 */
export function readerOf(request: FastifyRequest, query: { readonly language?: Language; readonly currency?: string }): Reader {
  const ofStaff = isStaff(request);
  const language = query.language ?? (ofStaff ? undefined : preferredLanguage(request.headers['accept-language']));
  return { isStaff: ofStaff, language, currency: query.currency };
}
