import type { ConsentAnswer, ConsentRecord, Consents } from '#contracts/user.ts';
import { AppError } from '#platform/errors.ts';

import type { UserDb } from '../deps.ts';
import { endLinkOf } from '../link/link.repository.ts';
import { type ProfileDeps, withProfile } from '../profile/service.ts';
import { type ConsentRow, insertConsent, selectHistory, selectLatest } from './consents.repository.ts';

const HISTORY = 100;

/** What holds now, and what was answered before. */
export async function readConsents(db: UserDb, accountId: string): Promise<Consents> {
  const [latest, history] = await Promise.all([selectLatest(db, accountId), selectHistory(db, accountId, HISTORY)]);
  return { items: latest.map(recordOf), history: history.map(recordOf) };
}

/** Adds the answers that say something else than what holds; who takes `cross_border` back ends their link. Throws AppError `invalid_request` where a topic is answered twice. */
export async function answerConsents(deps: ProfileDeps, accountId: string, answers: readonly ConsentAnswer[]): Promise<Consents> {
  if (new Set(answers.map(({ topic }) => topic)).size < answers.length) {
    throw new AppError('invalid_request', {
      detail: 'The body does not fit.',
      errors: [{ field: 'items', message: 'answers a topic twice' }],
    });
  }
  await withProfile(deps, accountId, async (trx) => {
    const latest = new Map((await selectLatest(trx, accountId)).map((row) => [row.topic, row]));
    for (const answer of answers) {
      const held = latest.get(answer.topic);
      if (held?.granted === answer.granted && held.wording_version === answer.wordingVersion) continue;
      await insertConsent(trx, accountId, answer);
      if (answer.topic === 'cross_border' && !answer.granted) await endLinkOf(trx, accountId);
    }
  });
  return readConsents(deps.db, accountId);
}

function recordOf({ topic, granted, at, wording_version }: ConsentRow): ConsentRecord {
  return { topic, granted, at, wordingVersion: wording_version };
}
