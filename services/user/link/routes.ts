import { Link, LinkClaim, LinkOffer } from '#contracts/user.ts';
import type { App } from '#platform/app.ts';
import { commitAndPublish } from '#platform/entity/writes.ts';
import { requireRecentSignIn } from '#platform/recent-sign-in.ts';
import { callerOf } from '#platform/routes/enforce.ts';
import { operation } from '#platform/routes/operation.ts';

import { ownAlone, type UserDeps } from '../deps.ts';
import { linkExample, linkOfferExample } from '../examples.ts';
import { claimLink, endLink, getLink, offerLink } from './service.ts';

export function registerLink(app: App, deps: UserDeps): void {
  // Whoever is at the other end of a link can have this account erased by it: to tie one asks for what an erasure asks for.
  const { clock } = deps;

  const get = operation({
    id: 'getMyLink',
    summary: 'Whether the other region knows that it is the same person',
    access: ownAlone,
    request: {},
    answers: { 200: Link },
    errors: [],
    example: { answer: linkExample },
  });
  app.get('/v1/me/link', get, async (request) => getLink(deps.db, callerOf(request).accountId));

  const offer = operation({
    id: 'offerMyLink',
    summary:
      'A one-time code, to be taken to an account in the other region within fifteen minutes; wants a sign-in of the last ten minutes',
    access: ownAlone,
    request: {},
    answers: { 200: LinkOffer },
    errors: ['consent_required', 'already_exists', 'account_erased', 'sign_in_again'],
    example: { answer: linkOfferExample },
  });
  app.post('/v1/me/link', offer, async (request) => {
    const caller = callerOf(request);
    requireRecentSignIn(caller, clock.now());
    return commitAndPublish(deps, request, () => offerLink(deps, caller.accountId));
  });

  const claim = operation({
    id: 'claimMyLink',
    summary: 'Ties the caller to the person who got the code in the other region; wants a sign-in of the last ten minutes',
    access: ownAlone,
    request: { body: LinkClaim },
    answers: { 200: Link },
    errors: ['consent_required', 'already_exists', 'link_code_invalid', 'account_erased', 'sign_in_again'],
    example: { body: { code: linkOfferExample.code }, answer: linkExample },
  });
  app.post('/v1/me/link/claim', claim, async (request) => {
    const caller = callerOf(request);
    requireRecentSignIn(caller, clock.now());
    return commitAndPublish(deps, request, () => claimLink(deps, caller.accountId, request.body.code));
  });

  const end = operation({
    id: 'endMyLink',
    summary: 'Ends the link in both regions',
    access: ownAlone,
    request: {},
    answers: { 204: null },
    errors: [],
    example: {},
  });
  app.delete('/v1/me/link', end, async (request, reply) => {
    await commitAndPublish(deps, request, () => endLink(deps.db, callerOf(request).accountId));
    return reply.code(204).send();
  });
}
