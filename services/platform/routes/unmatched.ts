import type { FastifyRequest } from 'fastify';

import type { App } from '../app.ts';
import { AppError } from '../errors.ts';
import { sendProblem } from '../problems.ts';

/** Whether a path is one of a route's: a segment `:id` is anything, as it is to the router, and `*` all that follows. Pure. */
function isPathOf(pattern: readonly string[], path: readonly string[]): boolean {
  if (pattern.at(-1) === '*' ? path.length < pattern.length : path.length !== pattern.length) return false;
  return pattern.every((segment, place) => segment === '*' || segment.startsWith(':') || segment === path[place]);
}

const segmentsOf = (url: string): string[] => (url.split('?', 1)[0] ?? '').split('/');

/**
 * Answers what no route is for, before its body is read: 405 `method_not_allowed` where the path has other methods, which Allow names (RFC 9110, section 15.5.6), else 404
 * `not_found`. It is told of patterns of paths alone, whatever there is behind them. To be called before routes are added.
 */
export function registerUnmatched(app: App): void {
  const routes: { readonly pattern: readonly string[]; readonly methods: readonly string[] }[] = [];
  app.addHook('onRoute', ({ url, method }) => void routes.push({ pattern: segmentsOf(url), methods: [method].flat() }));

  function refusalOf({ url }: FastifyRequest): AppError {
    const path = segmentsOf(url);
    const allowed = new Set(routes.filter(({ pattern }) => isPathOf(pattern, path)).flatMap(({ methods }) => methods));
    if (allowed.size === 0) return new AppError('not_found');
    return new AppError('method_not_allowed', { headers: { allow: [...allowed].toSorted().join(', ') } });
  }

  // Behind all that looks at a request as it comes: limits, figures and headers are as of any other.
  app.addHook('preParsing', (request, reply, _payload, done) => {
    if (request.is404) sendProblem(refusalOf(request), request, reply);
    else done();
  });
}
