import { randomUUID } from 'node:crypto';

import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openRegionDatabase, type RegionDatabase } from '../../testing/region-database.ts';
import { createIdempotencyTable } from './idempotency.repository.ts';
import type { IdempotentRequest } from './request.ts';
import { type Answer, type IdempotentAnswer, withClaim } from './with-idempotency.ts';

let region: RegionDatabase;
let owner: pg.Pool;
let db: Kysely<Record<string, never>>;

beforeAll(async () => {
  region = await openRegionDatabase();
  owner = new pg.Pool({ connectionString: region.urls.roles.migrator, max: 2 });
  await createIdempotencyTable(new Kysely<Record<string, never>>({ dialect: new PostgresDialect({ pool: owner }) }), 'catalog', 'catalog');
  db = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: region.urls.roles.catalog, max: 5 }) }) });
});
afterAll(async () => {
  await db.destroy();
  await owner.end();
  await region.close();
});

const requestOf = (): IdempotentRequest => ({ schema: 'catalog', scope: 'ada', key: randomUUID(), requestHash: Buffer.from('the same') });

/** Work that has begun, and ends as it is told. */
interface Begun {
  readonly answer: Promise<IdempotentAnswer>;
  readonly succeed: (body: string) => void;
  readonly fail: () => void;
}

/** Claims the key, and is at work then. */
async function begin(request: IdempotentRequest): Promise<Begun> {
  const end = Promise.withResolvers<Answer>();
  const begun = Promise.withResolvers<void>();
  const answer = withClaim(db, request, async () => {
    begun.resolve();
    return end.promise;
  });
  answer.catch(() => undefined);
  await Promise.race([begun.promise, answer]);
  return {
    answer,
    succeed: (body) => end.resolve({ status: 202, body }),
    fail: () => end.reject(new Error('the mail server hung up')),
  };
}

/** Two that both work for one key: the second has claimed it when the time of the first was over. */
async function twoAtWork(request: IdempotentRequest): Promise<readonly [Begun, Begun]> {
  const first = await begin(request);
  await owner.query("UPDATE catalog.idempotency_key SET expires_at = now() - interval '1 second' WHERE key = $1", [request.key]);
  return [first, await begin(request)];
}
const again = (request: IdempotentRequest) => withClaim(db, request, async () => ({ status: 202, body: 'a third time' }));
const rowOf = async ({ key }: IdempotentRequest): Promise<unknown> =>
  (await owner.query('SELECT status, response FROM catalog.idempotency_key WHERE key = $1', [key])).rows[0];

describe('who has outlived its claim', () => {
  it('and fails sets nobody free to do it a third time', async () => {
    const request = requestOf();
    const [first, second] = await twoAtWork(request);
    first.fail();
    await expect(first.answer).rejects.toThrow('hung up');
    await expect(again(request)).rejects.toMatchObject({ code: 'request_in_flight' });
    second.succeed('of the second');
    await second.answer;
    expect(await again(request)).toMatchObject({ body: 'of the second', isReplayed: true });
  });

  it('and succeeds answers for itself alone', async () => {
    const request = requestOf();
    const [first, second] = await twoAtWork(request);
    first.succeed('of the first');
    expect(await first.answer).toMatchObject({ body: 'of the first', isReplayed: false });
    await expect(again(request)).rejects.toMatchObject({ code: 'request_in_flight' });
    second.succeed('of the second');
    await second.answer;
    expect(await again(request)).toMatchObject({ body: 'of the second', isReplayed: true });
  });

  it('and fails after the second has answered takes no answer away', async () => {
    const request = requestOf();
    const [first, second] = await twoAtWork(request);
    second.succeed('of the second');
    await second.answer;
    first.fail();
    await expect(first.answer).rejects.toThrow('hung up');
    expect(await again(request)).toMatchObject({ body: 'of the second', isReplayed: true });
  });

  it('has its answer kept where nobody came after', async () => {
    const request = requestOf();
    const first = await begin(request);
    await owner.query("UPDATE catalog.idempotency_key SET expires_at = now() - interval '1 second' WHERE key = $1", [request.key]);
    first.succeed('of the first');
    await first.answer;
    expect(await again(request)).toMatchObject({ body: 'of the first', isReplayed: true });
  });
});

it('an answer leaves nothing of the claim, also one without a body', async () => {
  const request = requestOf();
  await withClaim(db, request, async () => ({ status: 204 }));
  expect(await rowOf(request)).toEqual({ status: 204, response: null });
});
