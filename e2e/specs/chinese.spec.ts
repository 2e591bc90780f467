import { expect, test } from '../support/test.ts';

test.use({ locale: 'zh-CN' });

test('the panel speaks Chinese to who asks for it, and a price that is changed in China is seen in the world', async ({
  page,
  panel,
  shelf,
  target,
}) => {
  await panel.open('china');
  await expect(page.getByRole('heading', { name: '登录' })).toBeVisible();
  const token = await panel.signIn(target.staffAddress);
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  const product = await shelf.put('china', token, '测试茶壶', 880);

  await panel.find(product.sku);
  await expect(page).toHaveTitle(`${product.sku} · 测试茶壶 · 中国 · madeinworld`);
  await panel.setPrice('９．９');
  await expect(page.getByText('已保存到中国')).toBeVisible();
  await expect(panel.row('价格').getByRole('cell')).toHaveText(['£9.90', '£9.90']);
  await expect(panel.verdict).toHaveText('已同步');

  await page.getByRole('button', { name: 'English' }).click();
  await expect(page.getByRole('button', { name: '中文' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
});
