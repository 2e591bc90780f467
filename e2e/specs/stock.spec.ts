import { expect, test } from '../support/test.ts';

test('goods are received and counted, and never fewer than are reserved', async ({ page, panel, shelf, till, target }) => {
  await panel.open('world', '/stock');
  const token = await panel.signIn(target.staffAddress);
  const jar = await shelf.put('world', token, 'Jar of the stock', 400);
  await till.sell('world', token, [[jar, 2]]);
  await panel.open('world', `/stock?filter=${encodeURIComponent(JSON.stringify({ productId: jar.id }))}`);
  const row = page.getByRole('row').filter({ hasText: 'Jar of the stock' });
  await expect(row.getByRole('cell', { name: '2', exact: true })).toHaveCount(2);

  await row.getByRole('button', { name: 'Receive' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'How many came in' }).fill('10');
  await dialog.getByRole('button', { name: 'Receive' }).click();
  await expect(row.getByRole('cell', { name: '12', exact: true })).toBeVisible();

  await row.getByRole('button', { name: 'Count' }).click();
  await dialog.getByRole('textbox', { name: 'How many are there' }).fill('1');
  await dialog.getByRole('button', { name: 'Count' }).click();
  await expect(dialog.getByRole('alert')).toHaveText('Fewer were counted than are reserved for orders.');
  await dialog.getByRole('textbox', { name: 'How many are there' }).fill('11');
  await dialog.getByRole('button', { name: 'Count' }).click();
  await expect(row.getByRole('cell', { name: '11', exact: true })).toBeVisible();
});
