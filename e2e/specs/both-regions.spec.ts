import { cutBorder, healBorder } from '../twin.ts';
import { expect, test } from '../support/test.ts';

test('a price that is changed in the world is seen in China', async ({ page, panel, shelf, target }) => {
  await panel.open('world');
  const token = await panel.signIn(target.staffAddress);
  const product = await shelf.put('world', token, 'Teapot of the test', 250);

  await panel.find(product.sku);
  await expect(page).toHaveTitle(`${product.sku} · Teapot of the test · World · madeinworld`);
  await expect(panel.verdict).toHaveText('in sync');
  await expect(panel.price).toHaveValue('2.50');

  await panel.setPrice('12.34');
  await expect(page.getByText('Saved in World')).toBeVisible();
  await expect(panel.row('Price').getByRole('cell')).toHaveText(['£12.34', '£12.34']);
  await expect(panel.verdict).toHaveText('in sync');

  await page.getByRole('group', { name: 'Region' }).getByRole('link', { name: 'China' }).click();
  await panel.signIn(target.staffAddress);
  await expect(page).toHaveURL(new RegExp(`/china#/products/${product.id}$`));
  await expect(page).toHaveTitle(/China/);
  await expect(panel.price).toHaveValue('12.34');
});

test('a change is on its way while the border is cut, and arrives when it is mended', async ({ page, panel, shelf, target }) => {
  await panel.open('world');
  const token = await panel.signIn(target.staffAddress);
  const product = await shelf.put('world', token, 'Cup of the test', 100);
  await panel.open('world', `/products/${product.id}`);
  await expect(panel.verdict).toHaveText('in sync');
  await cutBorder();
  try {
    await panel.setPrice('3');
    await expect(panel.verdict).toHaveText('on its way');
    await expect(panel.row('Price').getByRole('cell')).toHaveText(['£3.00', '£1.00']);
    await expect(page.getByText('The other region has not taken this yet; nothing is lost.')).toBeVisible();
  } finally {
    await healBorder();
  }
  await expect(panel.verdict).toHaveText('in sync', { timeout: 30_000 });
  await expect(page.getByText('usually within a second')).toBeVisible();
  await expect(panel.row('Price').getByRole('cell')).toHaveText(['£3.00', '£3.00']);
});
