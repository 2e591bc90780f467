import { sql } from 'kysely';

import type { ConsentAnswer, ConsentTopic } from '#contracts/user.ts';
import { instantText } from '#platform/paging/keyset.repository.ts';

import type { UserDb, UserTransaction } from '../deps.ts';

export interface ConsentRow {
  readonly topic: ConsentTopic;
  readonly granted: boolean;
  readonly at: string;
  readonly wording_version: string;
}

const columns = sql`t.topic, t.granted, ${instantText(sql`t.at`)} AS at, t.wording_version`;

/** The latest answer to each topic that was ever asked for. */
export async function selectLatest(db: UserDb, accountId: string): Promise<ConsentRow[]> {
  const { rows } = await sql<ConsentRow>`
    SELECT DISTINCT ON (t.topic) ${columns} FROM users.consent t WHERE t.account_id = ${accountId} ORDER BY t.topic, t.id DESC`.execute(db);
  return rows;
}

/** The latest first. */
export async function selectHistory(db: UserDb, accountId: string, limit: number): Promise<ConsentRow[]> {
  const { rows } = await sql<ConsentRow>`
    SELECT ${columns} FROM users.consent t WHERE t.account_id = ${accountId} ORDER BY t.id DESC LIMIT ${limit}`.execute(db);
  return rows;
}

export async function insertConsent(trx: UserTransaction, accountId: string, answer: ConsentAnswer): Promise<void> {
  await sql`
    INSERT INTO users.consent (account_id, topic, granted, wording_version)
    VALUES (${accountId}, ${answer.topic}, ${answer.granted}, ${answer.wordingVersion})`.execute(trx);
}
