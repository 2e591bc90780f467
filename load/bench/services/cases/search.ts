import { hammer } from '../hammer.ts';
import { row, type Report } from '../report.ts';
import type { ServicesRig } from '../rig.ts';
import { fillShelves, nameOf } from '../shelves.ts';

const PRODUCTS = 4_000;
const CONNECTIONS = 50;
const SECONDS = 8;
/** Of all that users type, one in so many has a slip in it. */
const SLIP_EVERY = 5;
/** Fifty people who each search twice in three seconds: more than that is a robot. */
const PER_SECOND = 33;

/** Two words of a product's name, and now and then with a letter too few. */
function wordsOf(n: number): string {
  const [, motif = '', thing = ''] = nameOf(n % PRODUCTS).split(' ');
  const words = `${motif} ${thing}`;
  return n % SLIP_EVERY === 0 ? `${words.slice(0, 2)}${words.slice(3)}` : words;
}

/** Searches with facets over four thousand products: as people type, and as fast as fifty connections can. */
export async function benchSearch(rig: ServicesRig, report: Report): Promise<void> {
  const catalog = await rig.start('catalog');
  const url = catalog.url('world:catalog');
  await fillShelves(rig, url, PRODUCTS);
  const requestFor = (query: string) => (n: number) =>
    `GET /v1/products?q=${encodeURIComponent(wordsOf(n))}${query} HTTP/1.1\r\nhost: ${new URL(url).host}\r\n\r\n`;
  await hammer({ url, connections: 4, seconds: 1, request: requestFor('') });
  for (const [what, query] of [
    ['search', ''],
    ['search with facets', '&facets=true'],
  ] as const) {
    const request = requestFor(query);
    report(
      row(
        `${what}, ${PER_SECOND} a second [p99 30 ms]`,
        await hammer({ url, connections: CONNECTIONS, seconds: SECONDS, request, perSecond: PER_SECOND }),
      ),
    );
    report(
      row(`${what}, ${CONNECTIONS} at once without a pause`, await hammer({ url, connections: CONNECTIONS, seconds: SECONDS, request })),
    );
  }
}
