/**
 * Goal: administrators, and nobody else, give roles and disable accounts; what they do stands in the log; other services get what is offered, and no more.
 */
import { randomUUID } from 'node:crypto';

import { sql } from 'kysely';
import pg from 'pg';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Account, OpenedAccounts } from '#contracts/accounts.ts';
import { accountRoles } from '#contracts/auth.ts';
import { pageOf } from '#contracts/values.ts';

import { openScene, type Scene } from '../testing/scene.ts';
import { askForCode, signIn } from '../testing/sign-in.ts';
import { insertSession } from '../tokens/tokens.repository.ts';

let scene: Scene;
let serial = 0;
let admin: { token: string; id: string };
const someone = (): string => `person-${(serial += 1)}@example.com`;
const ADMIN = 'ada@madeinworld.example';
const PHONE = '+447700900999';

beforeAll(async () => {
  scene = await openScene({ limits: { codesPerAddress: 1_000 } });
  const { accessToken, account } = await signIn(scene, ADMIN);
  admin = { token: accessToken, id: account.id };
});
afterAll(() => scene.close());

const asAdmin = (method: 'GET' | 'PATCH' | 'POST', path: string, body?: unknown) =>
  scene.send(method, `/v1/auth/accounts${path}`, { token: admin.token, body });
const emailOf = async (accountId: string): Promise<string> =>
  Value.Parse(Account, (await asAdmin('GET', `/${accountId}`)).body).email ?? '';
const eventsOf = async (accountId: string) =>
  (
    await sql<{ kind: string; actor_id: string | null; client: string | null; detail: unknown }>`
      SELECT kind, actor_id, client, detail FROM auth.security_event WHERE account_id = ${accountId} ORDER BY at`.execute(scene.database.db)
  ).rows;

describe('an account', () => {
  it('is given every role there is, which its next token carries', async () => {
    const { account, refreshToken: first } = await signIn(scene, someone());
    let refreshToken = first;
    for (const role of accountRoles.toReversed()) {
      expect(await asAdmin('PATCH', `/${account.id}`, { role })).toMatchObject({ status: 200, body: { id: account.id, role } });
      const next = await scene.post('/v1/auth/tokens/refresh', { refreshToken });
      expect(next.body).toMatchObject({ account: { role } });
      refreshToken = String((next.body as { refreshToken: string }).refreshToken);
    }
    const logged = (await eventsOf(account.id)).filter(({ kind }) => kind === 'role_changed');
    expect(logged[0]).toMatchObject({ actor_id: admin.id, client: expect.any(String), detail: { from: 'customer', to: 'admin' } });
    expect(logged).toHaveLength(accountRoles.length);
  });

  it('that is given the role it has is no event', async () => {
    const { account } = await signIn(scene, someone());
    await asAdmin('PATCH', `/${account.id}`, { role: 'customer', disabled: false });
    expect((await eventsOf(account.id)).filter(({ kind }) => kind === 'role_changed' || kind === 'account_enabled')).toEqual([]);
  });

  it('that is disabled loses its sessions and gets no new one, until it is enabled', async () => {
    const email = someone();
    const { account, refreshToken } = await signIn(scene, email);
    expect(await asAdmin('PATCH', `/${account.id}`, { disabled: true })).toMatchObject({ status: 200, body: { disabled: true } });
    expect((await scene.post('/v1/auth/tokens/refresh', { refreshToken })).status).toBe(401);
    const refused = await scene.post('/v1/auth/tokens', await askForCode(scene, email));
    expect(refused).toMatchObject({ status: 403, body: { code: 'account_disabled' } });
    await asAdmin('PATCH', `/${account.id}`, { disabled: false });
    expect((await signIn(scene, email)).account.id).toBe(account.id);
    expect((await eventsOf(account.id)).map(({ kind }) => kind)).toEqual(expect.arrayContaining(['account_disabled', 'account_enabled']));
  });

  it('that is being disabled gets no session that outlives that', async () => {
    const { account } = await signIn(scene, someone());
    const client = new pg.Client({ connectionString: scene.region.urls.url });
    await client.connect();
    await client.query('BEGIN');
    await client.query('UPDATE auth.account SET disabled_at = now() WHERE id = $1', [account.id]);
    const session = {
      id: randomUUID(),
      accountId: account.id,
      contactGeneration: undefined,
      device: 'Unknown device',
      proved: false,
      lifetimeSeconds: 60,
    };
    const starting = scene.database.db.transaction().execute((trx) => insertSession(trx, session));
    const waiting = async () =>
      (await client.query("SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")).rowCount;
    await expect.poll(waiting).toBe(1);
    await client.query('COMMIT');
    await client.end();
    expect(await starting).toBe(false);
  });

  it('is not changed by its own administrator, nor where there is none', async () => {
    expect(await asAdmin('PATCH', `/${admin.id}`, { role: 'customer' })).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect((await asAdmin('PATCH', '/00000000-0000-4000-8000-000000000000', { role: 'support' })).status).toBe(404);
    expect((await asAdmin('GET', '/00000000-0000-4000-8000-000000000000')).status).toBe(404);
  });

  it("is not changed by an administrator's session of yesterday: a session that was left open makes no other administrator, and locks nobody out", async () => {
    const { account } = await signIn(scene, someone());
    const { accessToken: token, account: other } = await signIn(scene, someone());
    await asAdmin('PATCH', `/${other.id}`, { role: 'admin' });
    const stale = await signIn(scene, await emailOf(other.id));
    await sql`UPDATE auth.session SET created_at = now() - interval '11 minutes' WHERE account_id = ${other.id}`.execute(scene.database.db);
    for (const change of [{ role: 'admin' }, { disabled: true }]) {
      const refused = await scene.send('PATCH', `/v1/auth/accounts/${account.id}`, { token: stale.accessToken, body: change });
      expect(refused).toMatchObject({ status: 403, body: { code: 'reauthentication_required' } });
    }
    expect((await scene.send('PATCH', `/v1/auth/accounts/${account.id}`, { token, body: { role: 'admin' } })).status).toBe(403);
    expect(await asAdmin('GET', `/${account.id}`)).toMatchObject({ body: { role: 'customer', disabled: false } });
  });

  it.each([{}, { role: 'owner' }, { email: 'x@example.com' }, { disabled: 'no' }])('is not changed by %j', async (change) => {
    const { account } = await signIn(scene, someone());
    expect((await asAdmin('PATCH', `/${account.id}`, change)).status).toBe(400);
  });
});

describe('the list of accounts', () => {
  const list = async (query: string) => {
    const answer = await asAdmin('GET', `?${query}`);
    expect(answer.headers['cache-control']).toBe('no-store');
    return Value.Parse(pageOf(Account), answer.body);
  };

  it('goes through all of them by the cursor, each once', async () => {
    for (let n = 0; n < 5; n += 1) await signIn(scene, someone());
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Static<typeof PageOfAccounts> = await list(`limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.pageInfo.nextCursor;
    }
    const { rows } = await sql<{ id: string }>`SELECT id FROM auth.account ORDER BY created_at DESC, id DESC`.execute(scene.database.db);
    expect(seen).toEqual(rows.map(({ id }) => id));
  });

  const search = (body: unknown) => asAdmin('POST', '/search', body);

  it('finds by role and by e-mail, whatever its spelling', async () => {
    const email = someone();
    const { account } = await signIn(scene, email);
    await asAdmin('PATCH', `/${account.id}`, { role: 'warehouse' });
    expect((await list('role=warehouse')).items.every(({ role }) => role === 'warehouse')).toBe(true);
    const found = await search({ email: email.toUpperCase() });
    expect(found).toMatchObject({ status: 200, body: { id: account.id, email }, headers: { 'cache-control': 'no-store' } });
    expect(await search({ email: 'nobody@example.com' })).toMatchObject({ status: 404, body: { code: 'not_found' } });
    // In a URL it would be logged on its way.
    expect((await asAdmin('GET', `?email=${email}`)).status).toBe(400);
    // Who looked, and at whom, is known; by which address is not kept.
    const read = (await eventsOf(account.id)).filter(({ kind }) => kind === 'account_read');
    expect(read).toEqual([expect.objectContaining({ actor_id: admin.id, detail: { list: 'email' } })]);
    await asAdmin('GET', `/${account.id}`);
    expect((await eventsOf(account.id)).filter(({ kind }) => kind === 'account_read')).toHaveLength(2);
  });

  it('finds by number who has no mail address', async () => {
    const { account } = await signIn(scene, PHONE);
    expect(await search({ phone: PHONE })).toMatchObject({ status: 200, body: { id: account.id, email: null, phone: PHONE } });
    expect((await search({ phone: '+447700900998' })).status).toBe(404);
    expect((await asAdmin('GET', `?phone=${PHONE}`)).status).toBe(400);
    expect(await asAdmin('GET', `/${account.id}`)).toMatchObject({ status: 200, body: { email: null, phone: PHONE } });
    expect(await asAdmin('PATCH', `/${account.id}`, { role: 'support' })).toMatchObject({ status: 200, body: { phone: PHONE } });
    const read = (await eventsOf(account.id)).filter(({ kind }) => kind === 'account_read');
    expect(read.map(({ detail }) => detail)).toEqual([{ list: 'phone' }, {}]);
  });
});

const PageOfAccounts = pageOf(Account);

describe('who is no administrator', () => {
  it.each(accountRoles.filter((role) => role !== 'admin'))('%s gets to no account', async (role) => {
    const { account } = await signIn(scene, someone());
    await asAdmin('PATCH', `/${account.id}`, { role });
    const { rows } = await sql<{ email: string }>`SELECT email FROM auth.account WHERE id = ${account.id}`.execute(scene.database.db);
    const { accessToken: token } = await signIn(scene, rows[0]!.email);
    expect((await scene.send('GET', '/v1/auth/accounts', { token })).status).toBe(403);
    expect((await scene.send('GET', `/v1/auth/accounts/${account.id}`, { token })).status).toBe(403);
    expect((await scene.send('PATCH', `/v1/auth/accounts/${account.id}`, { token, body: { role: 'admin' } })).status).toBe(403);
    expect((await scene.send('POST', '/v1/auth/accounts/search', { token, body: { email: ADMIN } })).status).toBe(403);
    expect((await scene.send('GET', '/v1/auth/accounts')).status).toBe(401);
  });
});

describe('what auth offers', () => {
  const ask = async (role: string, query: string, values: unknown[]) =>
    (await (await scene.region.open(role)).pool.query(query, values)).rows[0] as Record<string, unknown> | undefined;
  const Exported = Type.Object({
    email: Type.Union([Type.String(), Type.Null()]),
    phone: Type.Union([Type.String(), Type.Null()]),
    role: Type.String(),
    sessions: Type.Array(Type.Unknown()),
    events: Type.Array(Type.Unknown()),
  });

  it('tells notification where to write', async () => {
    const email = someone();
    const { account } = await signIn(scene, email);
    expect(await ask('notification', 'SELECT auth.email_of($1)', [account.id])).toEqual({ email_of: email });
    expect(await ask('notification', 'SELECT auth.email_of($1)', ['00000000-0000-4000-8000-000000000000'])).toEqual({ email_of: null });
    expect(await ask('notification', 'SELECT auth.phone_of($1)', [account.id])).toEqual({ phone_of: null });
    const { account: other } = await signIn(scene, '+447700900997');
    expect(await ask('notification', 'SELECT auth.phone_of($1), auth.email_of($1)', [other.id])).toEqual({
      phone_of: '+447700900997',
      email_of: null,
    });
  });

  it('exports what is held of a person, and forgets it', async () => {
    const email = someone();
    const { account, refreshToken } = await signIn(scene, email);
    await asAdmin('GET', `/${account.id}`);
    await askForCode(scene, email);
    const exported = await ask('users', 'SELECT auth.export_of($1)', [account.id]);
    expect(Value.Parse(Exported, exported?.['export_of'])).toMatchObject({
      email,
      role: 'customer',
      sessions: [{}],
      events: [{ kind: 'sign_in' }, { kind: 'account_read' }, { kind: 'code_sent' }],
    });
    expect(await ask('users', 'SELECT auth.erase($1)', [account.id])).toEqual({ erase: 3 });
    expect(await ask('users', 'SELECT auth.erase($1)', [account.id])).toEqual({ erase: 0 });
    expect(await ask('users', 'SELECT auth.export_of($1)', [account.id])).toEqual({ export_of: null });
    expect((await scene.post('/v1/auth/tokens/refresh', { refreshToken })).status).toBe(401);
    const { rows } = await sql`SELECT FROM auth.challenge WHERE email = ${email}`.execute(scene.database.db);
    expect(rows).toEqual([]);
    // What happened stays, without a name.
    expect((await eventsOf(account.id)).at(-1)).toMatchObject({ kind: 'erased' });
  });

  it('exports a number, and forgets what was sent to it', async () => {
    const phone = '+447700900996';
    const { account } = await signIn(scene, phone);
    await askForCode(scene, phone);
    const exported = await ask('users', 'SELECT auth.export_of($1)', [account.id]);
    expect(Value.Parse(Exported, exported?.['export_of'])).toMatchObject({ email: null, phone });
    expect(await ask('users', 'SELECT auth.erase($1)', [account.id])).toEqual({ erase: 3 });
    const { rows } = await sql`SELECT FROM auth.challenge WHERE phone = ${phone}`.execute(scene.database.db);
    expect(rows).toEqual([]);
    expect((await signIn(scene, phone)).account.id).not.toBe(account.id);
  });

  it.each([
    ['users', 'email_of'],
    ['users', 'phone_of'],
    ['orders', 'phone_of'],
    ['notification', 'export_of'],
    ['notification', 'erase'],
    ['catalog', 'erase'],
    ['orders', 'email_of'],
    ['auth', 'erase'],
  ])('refuses %s auth.%s', async (role, name) => {
    await expect(ask(role, `SELECT auth.${name}($1)`, [admin.id])).rejects.toMatchObject({ code: '42501' });
  });

  it.each(['users', 'notification'])('lets %s into no table', async (role) => {
    await expect(ask(role, 'SELECT FROM auth.account', [])).rejects.toMatchObject({ code: '42501' });
  });
});

describe('accounts that are opened for customers', () => {
  const opened = async (emails: readonly string[]) => Value.Parse(OpenedAccounts, (await asAdmin('POST', '', { emails })).body).accounts;

  it('are theirs who have the mailbox: signing in finds them', async () => {
    const email = someone();
    const [account] = await opened([email.toUpperCase()]);
    expect(account).toMatchObject({ email, isNew: true });
    expect((await signIn(scene, email)).account).toMatchObject({ id: account!.id, role: 'customer' });
    expect(await eventsOf(account!.id)).toContainEqual(expect.objectContaining({ kind: 'account_opened', actor_id: admin.id }));
  });

  it('are opened once: who has one keeps it, and so does an administrator', async () => {
    const { account } = await signIn(scene, someone());
    const email = someone();
    const known = (await scene.send('GET', `/v1/auth/accounts/${account.id}`, { token: admin.token })).body as { email: string };
    const first = await opened([email, known.email, email, ADMIN]);
    expect(first.map(({ isNew }) => isNew)).toEqual([true, false, true, false]);
    expect(first[1]!.id).toBe(account.id);
    expect(first[3]!.id).toBe(admin.id);
    expect(await opened([email])).toEqual([{ ...first[0]!, isNew: false }]);
    expect((await eventsOf(first[0]!.id)).filter(({ kind }) => kind === 'account_opened')).toHaveLength(1);
  });

  it('are opened once when many ask at the same time', async () => {
    const emails = Array.from({ length: 20 }, () => someone());
    const all = await Promise.all(Array.from({ length: 6 }, (_, n) => opened(n % 2 === 0 ? emails : emails.toReversed())));
    expect(all.flat().filter(({ isNew }) => isNew)).toHaveLength(20);
    expect(new Set(all.flat().map(({ id }) => id)).size).toBe(20);
  });

  it('are for administrators alone to open', async () => {
    const { accessToken } = await signIn(scene, someone());
    expect((await scene.send('POST', '/v1/auth/accounts', { token: accessToken, body: { emails: [someone()] } })).status).toBe(403);
  });
});
