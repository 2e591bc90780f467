import { median } from '../../quantile.ts';
import { memoryOf } from '../../rig/processes.ts';
import { hammer } from '../hammer.ts';
import { row, type Report } from '../report.ts';
import type { ServicesRig } from '../rig.ts';
import { fillShelves } from '../shelves.ts';

const STARTS = 5;
const PRODUCTS = 1_000;
const CONNECTIONS = 16;
const SECONDS = 10;
const ALL = 'auth,user,catalog,order,inventory,notification';

/** From spawning a process until it says that it is ready, one service and all six; and what a process of all six takes after a load. */
export async function benchStart(rig: ServicesRig, report: Report): Promise<void> {
  for (const services of ['catalog', 'order', ALL]) {
    const tookMs: number[] = [];
    // The first fills the compile cache.
    for (let start = 0; start <= STARTS; start += 1) {
      const startedMs = performance.now();
      const process = await rig.start(services);
      if (start > 0) tookMs.push(performance.now() - startedMs);
      await process.stop();
    }
    const what = services === ALL ? 'all six' : services;
    report(
      `${`start until ready: ${what}`.padEnd(44)} least ${Math.min(...tookMs).toFixed(0)} ms   median ${median(tookMs).toFixed(0)} ms   [1,000 ms]`,
    );
  }
  const process = await rig.start(ALL);
  const url = process.url('world:catalog');
  const ids = await fillShelves(rig, url, PRODUCTS);
  const { host } = new URL(url);
  const loaded = await hammer({
    url,
    connections: CONNECTIONS,
    seconds: SECONDS,
    request: (n) => `GET /v1/products/${ids[n % ids.length]} HTTP/1.1\r\nhost: ${host}\r\n\r\n`,
  });
  report(row('a load on all six in one process', loaded));
  const memory = memoryOf(process.pid);
  if (memory !== undefined) {
    report(
      `${'its memory after it'.padEnd(44)} ${memory.pssMb.toFixed(0)} MB of its own, at most ${memory.peakRssMb.toFixed(0)} MB resident   [150 MB]`,
    );
  }
}
