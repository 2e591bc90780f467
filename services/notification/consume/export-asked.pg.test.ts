/**
 * Goal: who is linked is told once, in their language, that a copy was asked for from the other region and waits here: by mail, or by text message who has a number alone.
 * Who is not linked any more is not, and no notice names an account.
 * Method: the consumer on a real database, with the user service's own functions. Planted once each: an account that is looked for among the orders, the name left out, a
 * notice about the account itself.
 */
import { randomInt, randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { eventOf, messageOf, openScene, PLANTED_NAME, type Scene } from '../testing/scene.ts';
import { handleEvents } from './handle.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

/** Somebody who is linked: their account, and the number of the link. */
async function linked(person: Parameters<Scene['buyer']>[0] = {}) {
  const { accountId, email } = await scene.buyer(person);
  const personId = randomUUID();
  const { superuser } = scene;
  const consent = `INSERT INTO users.consent (account_id, topic, granted, wording_version) VALUES ($1, 'cross_border', true, 'v1')`;
  await superuser.query(consent, [accountId]);
  await superuser.query(`INSERT INTO users.link (id, home_region, state) VALUES ($1, 'china', 'linked')`, [personId]);
  await superuser.query('INSERT INTO users.linked_account (account_id, person_id) VALUES ($1, $2)', [accountId, personId]);
  return { accountId, email, personId };
}
const asked = (personId: string) => messageOf(eventOf('madeinworld.export.asked.v1', personId));
const handle = (...messages: readonly ReturnType<typeof messageOf>[]) => handleEvents(scene.deps, messages, new AbortController().signal);

it.each([
  ['en', 'A copy of your personal data was asked for', `Hello ${PLANTED_NAME},`, 'linked in mainland China', 'end the link'],
  ['zh', '有人申请了您的个人信息副本', `${PLANTED_NAME}，您好：`, '您在中国区的关联账户', '解除'],
] as const)('tells by mail, once, in %s', async (language, subject, ...said) => {
  const { email, personId } = await linked({ language });
  const message = asked(personId);
  await handle(message, message);
  expect((await handle({ ...message, receiveCount: 2 })).done).toEqual([message.id]);
  const mails = await scene.sink.mailsTo(email);
  expect(mails.map((mail) => mail.subject)).toEqual([subject]);
  for (const text of said) expect(mails[0]?.text).toContain(text);
  expect(await scene.noticesOf(personId)).toMatchObject([{ state: 'sent', template: 'export-asked', account_id: null, language }]);
});

it('tells by text message who has a number alone', async () => {
  const phone = `+86139${randomInt(1e7, 1e8)}`;
  const { personId } = await linked({ email: null, phone, language: 'zh' });
  await handle(asked(personId));
  expect(scene.vendor.taken.filter(({ to }) => to === phone)).toMatchObject([{ template: 'export-asked.zh', parameters: {} }]);
});

it.each(['ended', 'erased'])('tells nobody whose link has %s before it is sent', async (state) => {
  const { email, personId } = await linked();
  await scene.superuser.query('UPDATE users.link SET state = $2 WHERE id = $1', [personId, state]);
  await handle(asked(personId));
  expect(await scene.sink.mailsTo(email)).toEqual([]);
  expect(await scene.noticesOf(personId)).toMatchObject([{ state: 'suppressed', error_code: 'nothing_to_tell', account_id: null }]);
});

it('leaves a notice that names nobody, so that the number is tied to no account when the link is no more', async () => {
  const { accountId, personId } = await linked();
  await handle(asked(personId));
  const { rowCount } = await scene.superuser.query('SELECT FROM notification.notice n WHERE strpos(n::text, $1) > 0', [accountId]);
  expect(rowCount).toBe(0);
});
