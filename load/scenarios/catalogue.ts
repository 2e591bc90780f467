// Goal: the catalogue of both regions answers reads and writes at a given rate, within given times, through the fronts that clients use.
// Method: an open model - requests start at their rate whether earlier ones are answered or not - so a slow service shows as slow, not as
// less load. Reads and writes of each region are scenarios of their own. What is written are products that the test makes and removes.
import { check } from 'k6';
import exec from 'k6/execution';
import http, { type RefinedResponse, type ResponseType } from 'k6/http';
import type { Options, Scenario } from 'k6/options';

import { bodyOf, urlOf } from './api.ts';
import { makeProducts, removeProducts, type Product, type Products } from './products.ts';
import { summaryText, type SummaryData } from './summary.ts';
import { regions, setting, staffHeaders, type Region } from './target.ts';

const readsPerSecond = Number(setting('READS_PER_SECOND'));
const writesPerSecond = Number(setting('WRITES_PER_SECOND'));
const duration = setting('DURATION');

function scenario(region: Region, kind: 'read' | 'write', rate: number): Scenario {
  return {
    executor: 'constant-arrival-rate',
    exec: kind,
    rate,
    timeUnit: '1s',
    duration,
    preAllocatedVUs: 10,
    maxVUs: 30,
    gracefulStop: '5s',
    env: { REGION: region },
    tags: { region, kind },
  };
}

export const options: Options = {
  scenarios: Object.fromEntries(
    regions.flatMap((region) => [
      [`${region}_reads`, scenario(region, 'read', readsPerSecond)],
      [`${region}_writes`, scenario(region, 'write', writesPerSecond)],
    ]),
  ),
  thresholds: {
    http_req_failed: ['rate<0.01'],
    checks: ['rate>0.95'],
    dropped_iterations: ['rate<0.5'],
    'http_req_duration{kind:read}': ['p(95)<250', 'p(99)<750'],
    'http_req_duration{kind:write}': ['p(95)<500', 'p(99)<1500'],
  },
  summaryTrendStats: ['avg', 'med', 'p(95)', 'p(99)', 'max'],
  userAgent: 'madeinworld-load',
};

export const setup = makeProducts;
export const teardown = removeProducts;

/** One read: a page, a search, or a single product. */
export function read(products: Products): void {
  const region = currentRegion();
  const own = products[region];
  const turn = exec.scenario.iterationInTest;
  const q = ['load test', 'tea', 'red', 'box'][turn % 4] ?? '';
  const [name, url] = [
    ['page', urlOf<'listProducts'>(region, '/v1/products', { query: { limit: 20, sort: 'name' } })] as const,
    ['search', urlOf<'listProducts'>(region, '/v1/products', { query: { limit: 20, q } })] as const,
    ['one', urlOf<'getProduct'>(region, '/v1/products/:id', { id: at(own, turn).id })] as const,
  ][turn % 3] ?? ['', ''];
  const response = http.get(url, { tags: { name: `${region} ${name}` } });
  checkFront(response);
  check(response, { 'read: 200': ({ status }) => status === 200 });
}

/** One write: a product edited by somebody who has read it, or new prices for a few. */
export function write(products: Products): void {
  const turn = exec.scenario.iterationInTest;
  if (turn % 2 === 0) edit(at(products[currentRegion()], exec.vu.idInTest));
  else reprice(Array.from({ length: 5 }, (_, index) => at(products[currentRegion()], turn * 5 + index)));
}

function edit(product: Product): void {
  const region = currentRegion();
  const url = urlOf<'changeProduct'>(region, '/v1/products/:id', { id: product.id });
  const headers = staffHeaders(region);
  const seen = http.get(url, { headers, tags: { name: `${region} read before edit` } });
  const etag = seen.headers['Etag'] ?? '';
  const body = bodyOf<'changeProduct'>({ price: price() });
  const params = {
    headers: { ...headers, 'if-match': etag },
    tags: { name: `${region} edit` },
    // 412 is right where a repricing came between.
    responseCallback: http.expectedStatuses(200, 412),
  };
  const edited = http.patch(url, body, params);
  checkFront(edited);
  check(edited, { 'edit: 200, or 412 after a repricing': ({ status }) => status === 200 || status === 412 });
}

function reprice(products: readonly Product[]): void {
  const region = currentRegion();
  const pricedAt = new Date().toISOString();
  const items = products.map(({ sku }) => ({ sku, price: price(), pricedAt }));
  const response = http.post(urlOf<'applyBulk'>(region, '/v1/products/bulk'), bodyOf<'applyBulk'>({ items }), {
    headers: staffHeaders(region),
    tags: { name: `${region} reprice` },
  });
  checkFront(response);
  check(response, {
    'reprice: every item taken': ({ status }) =>
      status === 200 &&
      items.every((_, index) => ['updated', 'unchanged'].some((known) => known === response.json(`results.${index}.status`))),
  });
}

/** What the front promises of every response. */
function checkFront(response: RefinedResponse<ResponseType | undefined>): void {
  check(response, {
    'front: correlation id': ({ headers }) => headers['X-Correlation-Id'] !== undefined,
    'front: HSTS': ({ headers }) => headers['Strict-Transport-Security'] !== undefined,
  });
}

function price(): { amountMinor: number; currency: string } {
  return { amountMinor: 50 + Math.floor(Math.random() * 5_000), currency: 'GBP' };
}

function at(products: readonly Product[], index: number): Product {
  const product = products[index % products.length];
  if (product === undefined) throw new Error('the test has no products');
  return product;
}

function currentRegion(): Region {
  return setting('REGION') === 'china' ? 'china' : 'world';
}

export function handleSummary(data: SummaryData): Record<string, string> {
  return { [setting('SUMMARY_FILE')]: JSON.stringify(data, null, 2), stdout: summaryText(data) };
}
