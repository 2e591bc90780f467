import { createServer } from 'node:http';
import { performance } from 'node:perf_hooks';
import { createMetrics } from './api/metrics.ts';
import { createApi } from './api/router.ts';
import { createProxies } from './proxies.ts';
import { createRandom } from './random.ts';

export interface ToxiproxyOptions {
  readonly host?: string;
  readonly port?: number;
  /** Repeats the draws of jitter, toxicity and slices. */
  readonly seed?: number | undefined;
  readonly log?: (entry: Readonly<Record<string, unknown>>) => void;
}

export interface Toxiproxy {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts a server with Toxiproxy's API; resolves when it listens, rejects when it cannot. */
export async function startToxiproxy(options: ToxiproxyOptions = {}): Promise<Toxiproxy> {
  const { host = '127.0.0.1', port = 0, seed, log = () => {} } = options;
  const metrics = createMetrics();
  const proxies = createProxies({ random: createRandom(seed), now: () => performance.now(), onTraffic: metrics.count });
  const server = createServer(createApi({ proxies, metrics, log }));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const bound = server.address();
  const boundPort = bound !== null && typeof bound === 'object' ? bound.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${boundPort}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await proxies.close();
      await closed;
    },
  };
}
