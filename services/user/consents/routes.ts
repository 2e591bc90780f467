import { Consents, ConsentsWriting } from '#contracts/user.ts';
import type { App } from '#platform/app.ts';
import { commitAndPublish } from '#platform/entity/writes.ts';
import { callerOf } from '#platform/routes/enforce.ts';
import { operation } from '#platform/routes/operation.ts';

import { ownAlone, type UserDeps } from '../deps.ts';
import { consentAnswerExample, consentsExample } from '../examples.ts';
import { answerConsents, readConsents } from './service.ts';

export function registerConsents(app: App, deps: UserDeps): void {
  const get = operation({
    id: 'getMyConsents',
    summary: 'What the caller agrees to, and what they answered before',
    access: ownAlone,
    request: {},
    answers: { 200: Consents },
    errors: [],
    example: { answer: consentsExample },
  });
  app.get('/v1/me/consents', get, async (request) => readConsents(deps.db, callerOf(request).accountId));

  const put = operation({
    id: 'putMyConsents',
    summary: 'Agrees to topics, or takes it back; others stay as they are',
    access: ownAlone,
    request: { body: ConsentsWriting },
    answers: { 200: Consents },
    errors: ['account_erased'],
    example: { body: { items: [consentAnswerExample] }, answer: consentsExample },
  });
  app.put('/v1/me/consents', put, async (request) =>
    commitAndPublish(deps, request, () => answerConsents(deps, callerOf(request).accountId, request.body.items)),
  );
}
