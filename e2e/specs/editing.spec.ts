import { expect, test } from '../support/test.ts';

test('what was changed meanwhile is not overwritten but offered anew', async ({ page, panel, shelf, target }) => {
  await panel.open('world');
  const token = await panel.signIn(target.staffAddress);
  const product = await shelf.put('world', token, 'Saucer of the test', 100);
  await panel.open('world', `/products/${product.id}`);
  await expect(panel.price).toHaveValue('1.00');
  await shelf.rename('world', token, product.id, 'Saucer of somebody else');

  await panel.setPrice('2');
  await expect(page.getByRole('alert').filter({ hasText: 'Changed meanwhile' })).toBeVisible();
  await page.getByRole('button', { name: 'Reload' }).click();
  await expect(page.getByRole('textbox', { name: 'Name', exact: true })).toHaveValue('Saucer of somebody else');
  await expect(panel.price).toHaveValue('1.00');

  await panel.setPrice('2');
  await expect(page.getByText('Saved in World')).toBeVisible();
  await expect(panel.row('Price').getByRole('cell')).toHaveText(['£2.00', '£2.00']);
});

test('a product is made, refused twice and deleted', async ({ page, panel, shelf, target }) => {
  await panel.open('world');
  const token = await panel.signIn(target.staffAddress);
  const taken = await shelf.put('world', token, 'Spoon of the test', 100);

  await page.getByRole('link', { name: 'Create' }).click();
  await expect(page.getByRole('heading', { name: 'Create Product' })).toBeVisible();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Required', { exact: true })).toHaveCount(3);
  const sku = page.getByRole('textbox', { name: 'SKU', exact: true });
  await sku.fill(taken.sku);
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Fork of the test');
  await panel.setPrice('1,5');
  await expect(page.getByText('Write an amount like 12.50')).toBeVisible();
  await panel.setPrice('1.5');
  await expect(page.getByText('This exists already.')).toBeVisible();

  await sku.fill(`${taken.sku}-F`);
  await panel.setPrice('1.5');
  await expect(page).toHaveTitle(/Fork of the test/);
  await expect(panel.verdict).toHaveText('in sync');

  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('button', { name: 'Confirm' }).click();
  await expect(page).toHaveURL(/\/world#\/products$/);
  await page.getByRole('textbox', { name: 'Search by name or SKU' }).fill(`${taken.sku}-F`);
  await expect(page.getByText('No Products found using the current filters.')).toBeVisible();
});
