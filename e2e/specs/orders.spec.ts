import { expect, test } from '../support/test.ts';

test('an order is shipped in parts and delivered, and a part of it comes back', async ({ page, panel, shelf, till, target }) => {
  await panel.open('world', '/orders');
  const token = await panel.signIn(target.staffAddress);
  const cup = await shelf.put('world', token, 'Cup of the order', 250);
  const saucer = await shelf.put('world', token, 'Saucer of the order', 150);
  const { id, number } = await till.sell('world', token, [
    [cup, 3],
    [saucer, 1],
  ]);
  await page.reload();
  await page.getByRole('textbox', { name: 'Order number' }).fill(number.toLowerCase());
  await page.getByRole('link', { name: number }).click();
  await expect(page).toHaveURL(new RegExp(`#/orders/${id}/show$`));
  const where = page.getByRole('status', { name: 'Where it is' });
  await expect(where).toHaveText(/Confirmed.*Paid.*To be shipped/);

  await page.getByRole('button', { name: 'Ship', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: `Ship of order ${number}` });
  await dialog.getByRole('textbox', { name: /^Cup of the order/ }).fill('4');
  await expect(dialog.getByRole('button', { name: 'Ship', exact: true })).toBeDisabled();
  await dialog.getByRole('textbox', { name: /^Cup of the order/ }).fill('1');
  await dialog.getByRole('textbox', { name: /^Saucer of the order/ }).fill('');
  await dialog.getByRole('textbox', { name: 'Carrier' }).fill('Royal Mail');
  await dialog.getByRole('textbox', { name: 'Tracking code' }).fill('RM-1');
  await dialog.getByRole('button', { name: 'Ship', exact: true }).dblclick();
  await expect(where).toHaveText(/Partly shipped/);
  const shipments = page
    .getByRole('region', { name: 'Shipments' })
    .getByRole('listitem')
    .filter({ has: page.getByRole('heading') });
  await expect(shipments).toHaveCount(1);
  await expect(shipments.first()).toContainText('Royal Mail · RM-1');
  await expect(shipments.first()).toContainText('1 × Cup of the order');

  await page.getByRole('button', { name: 'Ship', exact: true }).click();
  await dialog.getByRole('button', { name: 'Ship', exact: true }).click();
  await expect(where).toHaveText(/Shipped/);
  await expect(shipments.nth(1)).toContainText('2 × Cup of the order');
  await page.getByRole('button', { name: 'Mark shipment 1 delivered' }).click();
  await expect(page.getByRole('button', { name: 'Mark shipment 1 delivered' })).toBeHidden();
  await page.getByRole('button', { name: 'Mark shipment 2 delivered' }).click();
  await expect(where).toHaveText(/Completed.*Paid.*Delivered/);

  await page.getByRole('button', { name: 'Take a return' }).click();
  const back = page.getByRole('dialog', { name: `Return of order ${number}` });
  const cups = back.getByRole('group', { name: 'Cup of the order' });
  await cups.getByRole('textbox').fill('1');
  await cups.getByRole('checkbox', { name: /sold again/ }).uncheck();
  await back.getByRole('button', { name: 'Take a return' }).click();
  await expect(where).toHaveText(/Partly paid back.*Partly returned/);
  await expect(page.getByRole('region', { name: 'Returns' })).toContainText('1 × Cup of the order (cannot be sold again)');

  await page.getByRole('button', { name: 'Invoice' }).click();
  const invoice = page.getByRole('dialog', { name: /^Invoice / });
  await expect(invoice).toContainText('3 × Cup of the order');
  await expect(invoice.getByRole('region', { name: /^Credit note W-CR-/ })).toContainText('1 × Cup of the order');
});

test('the rest of an order that will not come is given up, with its reason', async ({ page, panel, shelf, till, target }) => {
  await panel.open('world', '/orders');
  const token = await panel.signIn(target.staffAddress);
  const jug = await shelf.put('world', token, 'Jug of the order', 400);
  const { id, number } = await till.sell('world', token, [[jug, 3]]);
  await panel.open('world', `/orders/${id}/show`);
  await page.getByRole('button', { name: 'Ship', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Give up the rest' })).toBeHidden();
  await page.getByRole('textbox', { name: /^Jug of the order/ }).fill('1');
  await page.getByRole('dialog').getByRole('button', { name: 'Ship', exact: true }).click();
  const where = page.getByRole('status', { name: 'Where it is' });
  await expect(where).toHaveText(/Partly shipped/);

  await page.getByRole('button', { name: 'Give up the rest' }).click();
  const dialog = page.getByRole('dialog', { name: `Give up the rest of order ${number}?` });
  await expect(dialog).toContainText('2 × Jug of the order');
  await expect(dialog.getByRole('button', { name: 'Give up the rest' })).toBeDisabled();
  await dialog.getByRole('radio', { name: /^Damaged/ }).check();
  await dialog.getByRole('button', { name: 'Give up the rest' }).dblclick();
  await expect(where).toHaveText(/Confirmed.*Partly paid back.*Shipped/);
  const closed = page.getByRole('region', { name: 'Will not come' });
  await expect(closed).toContainText('2 × Jug of the order');
  await expect(closed).toContainText('Damaged: leaves stock');
  await expect(page.getByRole('button', { name: 'Give up the rest' })).toBeHidden();
  await page.getByRole('button', { name: 'Mark shipment 1 delivered' }).click();
  await expect(where).toHaveText(/Completed.*Delivered/);
});

test('a shipment whose answer is lost is recorded once', async ({ page, panel, shelf, till, target }) => {
  await panel.open('world', '/orders');
  const token = await panel.signIn(target.staffAddress);
  const bowl = await shelf.put('world', token, 'Bowl of the order', 900);
  const { id } = await till.sell('world', token, [[bowl, 2]]);
  await panel.open('world', `/orders/${id}/show`);
  const keys = new Set<string | undefined>();
  await page.route('**/shipments', async (route) => {
    const isFirst = keys.size === 0;
    keys.add(route.request().headers()['idempotency-key']);
    const answer = await route.fetch();
    await (isFirst ? route.abort() : route.fulfill({ response: answer }));
  });
  await page.getByRole('button', { name: 'Ship', exact: true }).click();
  await page.getByRole('textbox', { name: /^Bowl of the order/ }).fill('1');
  await page.getByRole('dialog').getByRole('button', { name: 'Ship', exact: true }).click();
  await expect(page.getByRole('status', { name: 'Where it is' })).toHaveText(/Partly shipped/);
  await expect(page.getByRole('region', { name: 'Shipments' })).toContainText('1 × Bowl of the order');
  await expect(page.getByRole('heading', { name: 'Shipment 2' })).toBeHidden();
  expect(keys.size).toBe(1);
});

test('what its state does not allow any more is told, and the order read again', async ({ page, panel, shelf, till, target }) => {
  await panel.open('world', '/orders');
  const token = await panel.signIn(target.staffAddress);
  const vase = await shelf.put('world', token, 'Vase of the order', 700);
  const { id, number } = await till.sell('world', token, [[vase, 1]]);
  await panel.open('world', `/orders/${id}/show`);
  await page.getByRole('button', { name: 'Ship', exact: true }).click();
  await till.cancel('world', token, id);
  await page.getByRole('dialog').getByRole('button', { name: 'Ship', exact: true }).click();
  await expect(page.getByRole('alert')).toHaveText('Its state does not allow this any more.');
  await page.getByRole('button', { name: 'Close' }).click();
  await expect(page.getByRole('status', { name: 'Where it is' })).toHaveText(/Cancelled.*Paid back.*Not to be shipped/);
  await expect(page.getByRole('heading', { name: `Order ${number}` })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Ship', exact: true })).toBeHidden();
});

test('an order is cancelled, once that was asked', async ({ page, panel, shelf, till, target }) => {
  await panel.open('china', '/orders');
  const token = await panel.signIn(target.staffAddress);
  const tray = await shelf.put('china', token, 'Tray of the order', 300);
  const { id, number } = await till.sell('china', token, [[tray, 1]]);
  await panel.open('china', `/orders/${id}/show`);
  await page.getByRole('button', { name: 'Cancel the order' }).click();
  await page
    .getByRole('dialog', { name: `Cancel order ${number}?` })
    .getByRole('button', { name: 'Cancel the order' })
    .click();
  await expect(page.getByText('The order is cancelled')).toBeVisible();
  await expect(page.getByRole('status', { name: 'Where it is' })).toHaveText(/Cancelled.*Paid back/);
});
