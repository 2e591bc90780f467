import { expect, test } from '../support/test.ts';

test('a refund that the provider refuses is owed until it was paid back another way', async ({
  page,
  panel,
  shelf,
  till,
  staff,
  target,
}) => {
  await panel.open('world', '/refunds');
  const token = await panel.signIn(target.staffAddress);
  const kettle = await shelf.put('world', token, 'Kettle of the refund', 4_200);
  const { id, number } = await till.sell('world', token, [[kettle, 1]], 'card-closed');
  await till.cancel('world', token, id);
  const supporter = await staff.hire('world', token, 'support');
  await panel.signOut();
  await panel.signIn(supporter);
  await panel.open('world', '/refunds');
  const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: number }) });
  await expect(row).toContainText('The order was cancelled');

  await row.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByText('The provider has refused again. It is still owed.')).toBeVisible();
  await expect(row).toHaveCount(1);

  await row.getByRole('button', { name: 'Paid back another way' }).click();
  const dialog = page.getByRole('dialog', { name: /^Pay back £/ });
  const settle = dialog.getByRole('button', { name: 'Write it down' });
  await expect(settle).toBeDisabled();
  await dialog.getByRole('textbox', { name: 'Reference of the payment' }).fill('not a number!');
  await expect(settle).toBeDisabled();
  await dialog.getByRole('textbox', { name: 'Reference of the payment' }).fill('BANK-2026/17');
  await settle.click();
  await expect(page.getByText('It is paid back.')).toBeVisible();
  await expect(row).toBeHidden();

  await panel.open('world', `/orders/${id}/show`);
  await expect(page.getByRole('status', { name: 'Where it is' })).toHaveText(/Cancelled.*Paid back/);
});
