import { expect, it } from 'vitest';

import { clientTableOf, readNamedSchemas } from '../testing/client-operations.ts';
import { buildDeclaredApps } from '../testing/declared-apps.ts';
import { operations } from './index.ts';

const apps = Object.entries(await buildDeclaredApps()).filter(([, app]) => (app.operations ?? []).length > 0);

it('knows the services that have routes', () => {
  expect(Object.keys(operations).sort()).toEqual(apps.map(([service]) => service).sort());
});

it.each(apps)('has the operations of %s as it declares them', async (service, app) => {
  const table = clientTableOf(service, app.operations ?? [], await readNamedSchemas(service));
  await expect(table).toMatchFileSnapshot(`./operations/${service}.ts`);
});
