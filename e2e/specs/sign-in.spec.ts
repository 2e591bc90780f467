import { expect, test } from '../support/test.ts';

test('a wrong code is refused; who is no member of staff is told so, also after a reload', async ({ page, panel }) => {
  const address = `customer-${Date.now()}@example.com`;
  await panel.open('world');
  const code = await panel.requestCode(address);
  await panel.enterCode(code === '00000000' ? '11111111' : '00000000');
  await expect(page.getByRole('alert')).toHaveText('This code is wrong, used or too old.');
  await panel.enterCode(code);
  await expect(page.getByRole('heading', { name: 'No access' })).toBeVisible();

  await page.reload();
  await expect(page.getByRole('heading', { name: 'No access' })).toBeVisible();

  await page.getByRole('button', { name: 'Sign in with another address' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('textbox', { name: 'E-mail address' })).toBeVisible();
});
