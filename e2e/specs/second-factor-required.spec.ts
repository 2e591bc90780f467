import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { plugInPasskeyDevice } from '../support/passkey-device.ts';
import { expect, test } from '../support/test.ts';

const Granted = Type.Object({ accessToken: Type.String() });

test('where staff needs a second factor, who has none is led to one, and then has the role', async ({
  page,
  panel,
  security,
  staff,
  target,
}) => {
  await plugInPasskeyDevice(page);
  const enrolment = page.getByRole('heading', { name: 'Add a second factor' });
  const menu = page.getByRole('menu').getByRole('menuitem');
  await panel.open('world', '/orders');
  await panel.signIn(target.staffAddress);
  await expect(enrolment).toBeVisible();
  await expect(menu).toHaveCount(0);
  await page.reload();
  await expect(enrolment).toBeVisible();
  const renewed = page.waitForResponse((response) => response.url().endsWith('/v1/auth/tokens/refresh') && response.ok());
  const app = await security.addApp();
  await expect(menu).toHaveText(['Products', 'Categories', 'Stores', 'Orders', 'Refunds owed', 'Stock']);
  await expect(page).toHaveTitle(/^Orders/);
  const granted: unknown = await (await renewed).json();
  const packer = await staff.hire('world', Value.Parse(Granted, granted).accessToken, 'warehouse');

  await panel.signOut();
  await panel.enterCode(await panel.requestCode(packer));
  await expect(enrolment).toBeVisible();
  await security.addPasskey('Laptop');
  await expect(menu).toHaveText(['Orders', 'Stock']);
  await panel.signOut();
  await panel.enterCode(await panel.requestCode(packer));
  await security.usePasskey.click();
  await expect(menu).toHaveText(['Orders', 'Stock']);

  await panel.signOut();
  await panel.enterCode(await panel.requestCode(target.staffAddress));
  await security.enterAppCode(await app.code());
  await expect(menu).toHaveCount(6);
  // Without the last one the role waits again. So the next run begins as this one did.
  await security.open();
  await security.remove('Authenticator app');
  await expect(enrolment).toBeVisible();
  await expect(menu).toHaveCount(0);
});
