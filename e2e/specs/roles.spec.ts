import { expect, test } from '../support/test.ts';

test('who keeps the catalogue has no orders; who works in the warehouse has no catalogue', async ({ page, panel, staff, target }) => {
  await panel.open('world');
  const token = await panel.signIn(target.staffAddress);
  const keeper = await staff.hire('world', token, 'catalogue');
  const packer = await staff.hire('world', token, 'warehouse');
  const menu = page.getByRole('menu');
  await expect(menu.getByRole('menuitem')).toHaveText(['Products', 'Categories', 'Stores', 'Orders', 'Refunds owed', 'Stock']);

  await panel.signOut();
  await panel.signIn(keeper);
  await expect(menu.getByRole('menuitem')).toHaveText(['Products', 'Categories', 'Stores']);
  await panel.open('world', '/orders');
  await expect(page.getByText('Access denied')).toBeVisible();

  await panel.open('world', '/products');
  await panel.signOut();
  await panel.signIn(packer);
  await panel.open('world', '/');
  await expect(menu.getByRole('menuitem')).toHaveText(['Orders', 'Stock']);
  for (const at of ['/products', '/refunds']) {
    await panel.open('world', at);
    await expect(page.getByText('Access denied')).toBeVisible();
    await panel.open('world', '/orders');
    await expect(page.getByText('Access denied')).toBeHidden();
  }
});
