import { randomUUID } from 'node:crypto';

import { Value } from 'typebox/value';
import type pg from 'pg';

import { CodeRequested, Tokens } from '#contracts/auth.ts';
import { Order } from '#contracts/order.ts';
import { Address } from '#contracts/user.ts';
import { checkOut, fillCart, pay, placeOrder } from '#order/testing/shop.ts';

import type { EveryApp } from '../every-app.ts';
import { bodyOf, type Answer, type Call, type CallOptions } from '../http.ts';
import type { Marks } from './marks.ts';

/** Where what a person does is answered. */
export interface Shop {
  readonly every: EveryApp;
  readonly owner: pg.Client;
  readonly productId: string;
  /** The last mail that was taken. */
  readonly lastMail: () => string;
  /** The code in the last text message. */
  readonly lastCode: () => string | undefined;
}

export const callOf = ({ services }: EveryApp, service: string): Call => {
  const found = services.get(service);
  if (found === undefined) throw new Error(`there is no service ${service}`);
  return found.call;
};

/** The answer, of what has to succeed. Throws with what was answered otherwise. */
export const done = (answer: Answer): Answer => {
  if (answer.status >= 400) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  return answer;
};

/** Signs up with the marked mail address, by the code that is mailed. */
export async function signUp({ every, lastMail }: Shop, marks: Marks) {
  const auth = callOf(every, 'auth');
  const { challengeId } = bodyOf(
    CodeRequested,
    done(await auth('POST', '/v1/auth/codes', { body: { email: marks['email'] }, idempotencyKey: randomUUID() })),
  );
  const code = /^\d{8}$/m.exec(lastMail())?.[0];
  const tokens = done(await auth('POST', '/v1/auth/tokens', { body: { challengeId, code } }));
  const { account } = Value.Parse(Tokens, tokens.body);
  return { role: 'customer' as const, accountId: account.id };
}

/** Signs up with the marked number, by the code of a text message, and is looked up by it as staff does. */
export async function signUpByPhone({ every, lastCode }: Shop, { phone }: Marks) {
  const auth = callOf(every, 'auth');
  const { challengeId } = bodyOf(
    CodeRequested,
    done(await auth('POST', '/v1/auth/codes', { body: { phone, language: 'zh' }, idempotencyKey: randomUUID() })),
  );
  const tokens = done(await auth('POST', '/v1/auth/tokens', { body: { challengeId, code: lastCode() } }));
  const { account } = Value.Parse(Tokens, tokens.body);
  done(await auth('POST', '/v1/auth/accounts/search', { as: 'admin', body: { phone } }));
  return { role: 'customer' as const, accountId: account.id };
}

export const addressWith = (marks: Marks) => ({
  form: 'western',
  recipient: marks['name'],
  phone: marks['phone'],
  country: 'GB',
  lines: [marks['street']],
  city: 'London',
  postcode: 'SW1Y 4JH',
});

/** Profile, addresses, answers to questions, orders as an account and as a guest, paid and not, invoice, and a link to the other region. */
export async function shopAs(
  shop: Shop,
  as: CallOptions['as'],
  marks: Marks,
): Promise<{ readonly orderId: string; readonly addressId: string }> {
  const { every, productId } = shop;
  const [user, order] = [callOf(every, 'user'), callOf(every, 'order')];
  const who = as === undefined ? {} : { as };
  const me = done(await user('GET', '/v1/me', who));
  done(await user('PATCH', '/v1/me', { ...who, ifMatch: String(me.headers['etag']), body: { name: marks['name'], language: 'en' } }));
  const address = bodyOf(Address, done(await user('POST', '/v1/me/addresses', { ...who, body: addressWith(marks) })));
  const items = [{ topic: 'cross_border', granted: true, wordingVersion: 'v1' }];
  done(await user('PUT', '/v1/me/consents', { ...who, body: { items } }));
  done(await user('POST', '/v1/me/link', who));

  const scene = { call: order } as never;
  const lines = [{ productId, quantity: 2 }];
  const cart = await fillCart(scene, lines, who);
  const placed = done(await checkOut(scene, cart, { body: { shipTo: undefined, addressId: address.id } }));
  const { id } = bodyOf(Order, placed);
  const key = { url: `/v1/orders/${id}`, key: who };
  await pay(scene, key, 'card-declined');
  done(await pay(scene, key));
  done(await order('GET', `/v1/orders/${id}/invoice`, who));
  // A guest, whose address is written down with the order.
  const guestCart = await fillCart(scene, lines);
  done(await checkOut(scene, guestCart, { body: { shipTo: { ...addressWith(marks), region: null } } }));
  const cancelled = await placeOrder(scene, lines, who);
  done(await order('POST', `${cancelled.url}/cancellation`, who));
  done(await user('POST', '/v1/me/exports', who));
  done(await user('POST', '/v1/users/search', { as: 'support', body: { name: marks['name'] } }));
  return { orderId: id, addressId: address.id };
}

/** Is linked, and asks for a copy from both regions. That the code was taken up there is what comes back over the border: it is written here. */
export async function askForCopies({ every, owner }: Shop, as: { readonly role: 'customer'; readonly accountId: string }): Promise<void> {
  const user = callOf(every, 'user');
  done(await user('PUT', '/v1/me/consents', { as, body: { items: [{ topic: 'cross_border', granted: true, wordingVersion: 'v1' }] } }));
  done(await user('POST', '/v1/me/link', { as }));
  await owner.query(
    `UPDATE users.link SET state = 'linked', code_hash = NULL, code_expires_at = NULL
     WHERE id = (SELECT a.person_id FROM users.linked_account a WHERE a.account_id = $1)`,
    [as.accountId],
  );
  done(await user('POST', '/v1/me/exports?regions=both', { as }));
}

/** Requests that carry the marks and go wrong: wrong shapes, wrong places, a database that refuses or has lost a table. Answers what was answered. */
export async function goWrong({ every, owner }: Shop, as: CallOptions['as'], marks: Marks, addressId: string): Promise<Answer[]> {
  const [auth, user, order, catalog] = ['auth', 'user', 'order', 'catalog'].map((service) => callOf(every, service)) as [
    Call,
    Call,
    Call,
    Call,
  ];
  const who = as === undefined ? {} : { as };
  const everything = Object.values(marks).join(' ');
  const inUrl = encodeURIComponent(everything);
  const printable = everything.replaceAll(/[^ -~]/g, '');
  const answers: Answer[] = [
    await auth('POST', '/v1/auth/codes', { body: { email: `${marks['email']} ${everything}` }, idempotencyKey: randomUUID() }),
    await auth('POST', '/v1/auth/codes', { body: { phone: `${marks['phone']} ${everything}` }, idempotencyKey: randomUUID() }),
    await auth('GET', `/v1/auth/accounts?phone=${inUrl}`, { as: 'admin' }),
    await auth('POST', '/v1/auth/accounts/search', { as: 'admin', body: { phone: everything } }),
    await user('POST', '/v1/users/search', { as: 'support', body: { name: everything, [everything]: everything } }),
    await auth('POST', '/v1/auth/tokens', { body: { challengeId: everything, code: everything } }),
    await user('POST', '/v1/me/addresses', { ...who, body: { ...addressWith(marks), [everything]: everything } }),
    await user('POST', '/v1/me/addresses', {
      ...who,
      body: { ...addressWith(marks), phone: `${marks['phone']}x`, country: marks['name'] },
    }),
    await user('GET', `/v1/me/addresses/${inUrl}`, who),
    await user('GET', `/v1/users/${randomUUID()}?name=${inUrl}`, { as: 'support' }),
    await user('GET', `/v1/nothing/${inUrl}?email=${inUrl}`, who),
    await order('POST', '/v1/checkouts', {
      ...who,
      idempotencyKey: randomUUID(),
      body: { cartId: randomUUID(), shipTo: addressWith(marks), expectedTotal: everything },
    }),
    await catalog('GET', `/v1/stores?near=${inUrl}`, { headers: { 'user-agent': inUrl } }),
    await catalog('GET', '/v1/nothing', { headers: { traceparent: printable, tracestate: `of=${inUrl}`, baggage: `who=${inUrl}` } }),
    await order('POST', '/v1/checkouts', { ...who, idempotencyKey: printable, body: {} }),
  ];
  // As ids that clients like to choose: everything at once, and each mark in letters that are good everywhere.
  for (const id of [printable, ...Object.values(marks).map((mark) => `from.${mark.replaceAll(/[^\w.-]/g, '')}`)])
    answers.push(await catalog('GET', '/v1/nothing', { headers: { 'x-correlation-id': id } }));
  // Not JSON at all, and JSON that is cut off.
  for (const payload of [everything, `{"email":"${marks['email']}`]) {
    const app = every.services.get('auth')?.app;
    const response = await app?.inject({
      method: 'POST',
      url: '/v1/auth/codes',
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      payload,
    });
    answers.push({ status: response?.statusCode ?? 0, headers: {}, body: response?.body });
  }
  // PostgreSQL quotes the row that a constraint refuses, the value that a cast does not take, and the statement's place.
  await owner.query(`ALTER TABLE users.address ADD CONSTRAINT refused CHECK (length(recipient) < 0) NOT VALID`);
  answers.push(await user('POST', '/v1/me/addresses', { ...who, body: addressWith(marks) }));
  await owner.query('ALTER TABLE users.address DROP CONSTRAINT refused');
  await owner.query(`
    CREATE FUNCTION users.quote_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF NEW.country = 'FR' THEN PERFORM NEW.recipient::uuid; END IF;
      RAISE EXCEPTION 'no' USING DETAIL = NEW::text, HINT = NEW::text;
    END $$;
    CREATE TRIGGER quote BEFORE INSERT ON users.address FOR EACH ROW EXECUTE FUNCTION users.quote_row()`);
  answers.push(await user('POST', '/v1/me/addresses', { ...who, body: addressWith(marks) }));
  answers.push(await user('POST', '/v1/me/addresses', { ...who, body: { ...addressWith(marks), country: 'FR', postcode: '75001' } }));
  await owner.query('DROP TRIGGER quote ON users.address');
  await owner.query('ALTER TABLE users.address RENAME TO gone');
  answers.push(await user('POST', '/v1/me/addresses', { ...who, body: addressWith(marks) }));
  answers.push(await user('GET', `/v1/me/addresses/${addressId}`, who));
  await owner.query('ALTER TABLE users.gone RENAME TO address');
  return answers;
}
