import { Type } from 'typebox';
import { ask } from '../support/ask.ts';
import { lastMessageId, nextCode } from '../support/mail.ts';
import { plugInPasskeyDevice } from '../support/passkey-device.ts';
import { expect, test } from '../support/test.ts';

const menuOfWarehouse = ['Orders', 'Stock'];

test('who has added an authenticator app is asked for its code, and not let in by a wrong or a used one', async ({
  page,
  panel,
  security,
  staff,
  target,
}) => {
  await panel.open('world', '/orders');
  const packer = await staff.hire('world', await panel.signIn(target.staffAddress), 'warehouse');
  await panel.signOut();
  await panel.signIn(packer);
  await security.open();
  await expect(page.getByText('There is none yet')).toBeVisible();
  const app = await security.addApp();
  await expect(security.factors.getByRole('heading')).toHaveText(['Authenticator app']);
  await expect(page.getByRole('button', { name: 'Set up an authenticator app' })).toBeHidden();

  await panel.signOut();
  await panel.enterCode(await panel.requestCode(packer));
  const code = await app.code();
  await security.enterAppCode('12 34');
  await expect(page.getByRole('alert')).toHaveText('The code of the app has 6 digits.');
  await security.enterAppCode(code === '000000' ? '111111' : '000000');
  await expect(page.getByRole('alert')).toContainText('This code is wrong, or was used already.');
  await security.enterAppCode(code);
  await expect(page.getByRole('menu').getByRole('menuitem')).toHaveText(menuOfWarehouse);

  await panel.signOut();
  await panel.enterCode(await panel.requestCode(packer));
  await security.enterAppCode(code);
  await expect(page.getByRole('alert')).toContainText('This code is wrong, or was used already.');
  await page.getByRole('button', { name: 'Start again' }).click();
  await expect(page.getByRole('textbox', { name: 'E-mail address' })).toBeFocused();
});

test('after too many wrong codes the way is back to the start, and how long to wait is told', async ({
  page,
  panel,
  security,
  staff,
  target,
}) => {
  await panel.open('world', '/orders');
  const packer = await staff.hire('world', await panel.signIn(target.staffAddress), 'warehouse');
  await panel.signOut();
  await panel.signIn(packer);
  await security.open();
  const app = await security.addApp();
  await expect(security.factors).toHaveCount(1);
  await panel.signOut();
  await panel.enterCode(await panel.requestCode(packer));
  const code = await app.code();
  const wrong = code === '000000' ? '111111' : '000000';
  for (let tries = 0; tries < 6; tries += 1) {
    const answer = page.waitForResponse((response) => response.url().endsWith('/v1/auth/tokens/second-factor'));
    await security.enterAppCode(wrong);
    expect((await answer).status()).toBe(401);
  }
  await expect(page.getByRole('alert')).toContainText('Start again with a new code by e-mail.');
  await expect(page.getByRole('textbox')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Start again' })).toBeFocused();

  await page.getByRole('button', { name: 'Start again' }).click();
  await panel.enterCode(await panel.requestCode(packer));
  await security.enterAppCode(code);
  await expect(page.getByRole('alert')).toHaveText('Too many attempts. Wait 15 min, then try again.');
});

test('what wants a sign-in of just now leads to one, and back', async ({ page, panel, security, staff, target }) => {
  await panel.open('world', '/orders');
  const packer = await staff.hire('world', await panel.signIn(target.staffAddress), 'warehouse');
  await panel.signOut();
  await panel.signIn(packer);
  await security.open();
  // As the service answers ten minutes later.
  const problem = { type: 'about:blank', title: 'Sign in anew first', status: 403, code: 'reauthentication_required' };
  await page.route(
    '**/v1/auth/factors/totp',
    (route) => route.fulfill({ status: 403, contentType: 'application/problem+json', body: JSON.stringify(problem) }),
    { times: 1 },
  );
  await page.getByRole('button', { name: 'Set up an authenticator app' }).click();
  await expect(page.getByRole('alert')).toContainText('Your sign-in is too long ago for this.');
  await page.getByRole('button', { name: 'Sign in again' }).click();
  await panel.signIn(packer);
  await expect(page.getByRole('heading', { name: 'Second factors' })).toBeVisible();
  await security.addApp();
  await expect(security.factors.getByRole('heading')).toHaveText(['Authenticator app']);
});

test('a passkey is made, signs in after the code, and is removed', async ({ page, panel, security, staff, target }) => {
  await plugInPasskeyDevice(page);
  await panel.open('world', '/orders');
  const packer = await staff.hire('world', await panel.signIn(target.staffAddress), 'warehouse');
  await panel.signOut();
  await panel.signIn(packer);
  await security.open();
  await security.addPasskey('Laptop of the packing table');
  await expect(security.factors.getByRole('heading')).toHaveText(['Laptop of the packing table · Passkey']);
  // One device holds one passkey of an account.
  await security.addPasskey('Again');
  await expect(page.getByRole('alert').filter({ hasText: 'This device holds a passkey of this account already.' })).toBeVisible();

  await panel.signOut();
  await panel.enterCode(await panel.requestCode(packer));
  await security.usePasskey.click();
  await expect(page.getByRole('menu').getByRole('menuitem')).toHaveText(menuOfWarehouse);
  await security.open();
  await expect(security.factors).toContainText('Last used');

  await security.remove('Laptop of the packing table');
  await expect(page.getByText('There is none yet')).toBeVisible();
  await panel.signOut();
  await panel.signIn(packer);
  await expect(page.getByRole('menu').getByRole('menuitem')).toHaveText(menuOfWarehouse);
});

test('a session elsewhere is seen and ended', async ({ panel, request, security, staff, target }) => {
  await panel.open('world', '/orders');
  const packer = await staff.hire('world', await panel.signIn(target.staffAddress), 'warehouse');
  await panel.signOut();
  await panel.signIn(packer);

  const auth = `${target.apiUrls.world}/v1/auth`;
  const before = await lastMessageId(request, target.mailUrl, packer);
  const { challengeId } = await ask(request, 'POST', `${auth}/codes`, Type.Object({ challengeId: Type.String() }), {
    body: { email: packer },
  });
  const code = await nextCode(request, target.mailUrl, packer, before);
  const signedIn = Type.Object({ refreshToken: Type.String() });
  const { refreshToken } = await ask(request, 'POST', `${auth}/tokens`, signedIn, { body: { challengeId, code } });

  await security.open();
  await expect(security.sessions).toHaveCount(2);
  await expect(security.sessions.filter({ hasText: 'This session' })).toHaveCount(1);
  await security.sessions.getByRole('button').click();
  await expect(security.sessions).toHaveCount(1);
  const refused = await request.post(`${auth}/tokens/refresh`, { data: { refreshToken } });
  expect(refused.status()).toBe(401);
  await expect(security.sessions).toContainText('This session');
});
