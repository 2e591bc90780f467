import http from 'k6/http';

import { bodyOf, urlOf } from './api.ts';
import { regions, staffHeaders, type Region } from './target.ts';

/** As many as there may be virtual users at once, so that no two edit the same one. */
const PRODUCTS_PER_REGION = 120;

export interface Product {
  readonly id: string;
  readonly sku: string;
}
export type Products = Record<Region, readonly Product[]>;

const tags = { kind: 'setup' };

/** Makes products of this test's own in both regions, so that it changes nobody else's. */
export function makeProducts(): Products {
  return { world: makeIn('world'), china: makeIn('china') };
}

function makeIn(region: Region): Product[] {
  const pricedAt = new Date().toISOString();
  const items = Array.from({ length: PRODUCTS_PER_REGION }, (_, index) => ({
    sku: `LOAD-${region.toUpperCase()}-${index}`,
    name: `Load test ${region} ${index}`,
    price: { amountMinor: 100 + index, currency: 'GBP' },
    pricedAt,
  }));
  const response = http.post(urlOf<'applyBulk'>(region, '/v1/products/bulk'), bodyOf<'applyBulk'>({ items }), {
    headers: staffHeaders(region),
    tags,
  });
  if (response.status !== 200)
    throw new Error(
      `the products of the test could not be made in ${region}: ${response.status} ${typeof response.body === 'string' ? response.body : ''}`,
    );
  return items.map(({ sku }, index) => {
    const id = response.json(`results.${index}.id`);
    if (typeof id !== 'string') throw new Error(`${sku} could not be made in ${region}`);
    return { id, sku };
  });
}

/** Removes them again. */
export function removeProducts(products: Products): void {
  for (const region of regions) {
    // Without the content type: a DELETE has no body.
    const { authorization } = staffHeaders(region);
    const urls = products[region].map(({ id }) => urlOf<'getProduct'>(region, '/v1/products/:id', { id }));
    const found = http.batch(urls.map((url) => ({ method: 'GET', url, params: { headers: { authorization }, tags } })));
    http.batch(
      found.flatMap(({ status, headers: { Etag } }, index) => {
        const url = urls[index];
        if (status !== 200 || Etag === undefined || url === undefined) return [];
        return [{ method: 'DELETE', url, params: { headers: { authorization, 'if-match': Etag }, tags } }];
      }),
    );
  }
}
