import type { FastifyRequest } from 'fastify';

import { AppError } from '../errors.ts';

/**
 * The versions that If-Match names (RFC 9110, section 13.1.1), as `version-origin`. Weak tags never match, and `*` names no version, which
 * is what the header is asked for here. Throws AppError `if_match_required` where no version is named.
 */
export function ifMatchOf(request: FastifyRequest): readonly string[] {
  const header = request.headers['if-match'];
  if (header === undefined || header.trim() === '*') throw new AppError('if_match_required');
  return header.split(',').flatMap((part) => {
    const tag = /^\s*"([^"]*)"\s*$/.exec(part)?.[1];
    return tag === undefined ? [] : [tag];
  });
}

/** The same where a request may also name no version, because what it writes may be new: undefined without the header. */
export const ifMatchIn = (request: FastifyRequest): readonly string[] | undefined =>
  request.headers['if-match'] === undefined ? undefined : ifMatchOf(request);
