import { expect, test } from '../support/test.ts';

test.use({ viewport: { width: 390, height: 844 } });

test('on a phone a list shows its prices, and a page that is none says so', async ({ page, panel, shelf, target }) => {
  const refused: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') refused.push(message.text());
  });
  await panel.open('world');
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  const token = await panel.signIn(target.staffAddress);
  const product = await shelf.put('world', token, 'Very long jug of the test, hand painted, with a lid', 12_345_678);
  await panel.open('world', `/products?filter=${encodeURIComponent(JSON.stringify({ q: product.sku }))}`);
  await expect(page.getByRole('cell', { name: '£123,456.78' })).toBeInViewport({ ratio: 1 });
  await expect(page.getByRole('columnheader', { name: 'Category' })).toBeHidden();

  await panel.open('world', '/nowhere');
  await expect(page.getByText('The panel has no page at this address.')).toBeVisible();
  await page.getByRole('link', { name: 'To the first page' }).click();
  await expect(page).toHaveURL(/#\/products/);
  expect(refused).toEqual([]);
});
