import type { Readable } from 'node:stream';

import { Miniflare } from 'miniflare';

import { announceListening, logLine, runChild } from '../child.ts';
import { readFrontFlags } from '../front-flags.ts';
import { workerModules } from './modules.ts';
import { startOrTell } from './startup.ts';

const compatibilityDate = '2026-07-01';

const edgeFolder = new URL('../../../services/edge/', import.meta.url);
const complaints: string[] = [];
let started = false;

/** A line of the Worker's own log, or of workerd's. */
function relayLog({ level, message }: { level: string; message: string }): void {
  if (!started) complaints.push(message);
  logLine(level === 'error' || level === 'warn' ? level : 'info', message);
}

await runChild((args) => startOrTell(() => start(args), complaints, edgeFolder));

async function start(args: string[]): Promise<() => Promise<void>> {
  const flags = readFrontFlags(args);
  const edge = await workerModules(edgeFolder, 'worker.ts');
  const here = await workerModules(new URL('./', import.meta.url), 'network.ts');
  let stopping = false;
  // miniflare would start another one and say nothing: a twin that hides a crash teaches the wrong thing.
  const ended = (): void => {
    if (stopping) return;
    logLine('error', 'workerd ended, and the front with it');
    process.exit(1);
  };
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    // A fixed object: left out, miniflare asks the network for one.
    cf: { country: 'GB', colo: 'LHR' },
    telemetry: { enabled: false },
    logRequests: false,
    structuredWorkerdLogs: true,
    handleStructuredLogs: relayLog,
    handleRuntimeStdio: (stdout: Readable) => void stdout.once('end', ended).once('close', ended),
    workers: [
      {
        name: 'network',
        modules: here.filter(({ path }) => path === 'network.ts'),
        compatibilityDate,
        serviceBindings: { WORKER: 'edge' },
        bindings: { CLIENT_ADDRESS_HEADER: flags.clientAddressHeader ?? '' },
        // Past miniflare's own entry, which would let a client's MF-* headers change the request.
        unsafeDirectSockets: [{ host: '127.0.0.1', port: flags.port }],
      },
      {
        name: 'edge',
        modules: edge,
        compatibilityDate,
        bindings: {
          ...Object.fromEntries([...flags.urls].map(([origin, url]) => [`${origin.toUpperCase()}_ORIGIN`, url])),
          RATE_LIMIT_PERIOD_SECONDS: String(flags.ratePeriodSeconds),
          TIMEOUT_MS: String(flags.timeoutMs),
          BULK_TIMEOUT_MS: String(flags.bulkTimeoutMs),
        },
        ratelimits: { RATE_LIMITER: { namespace_id: '1', simple: { limit: flags.rateLimit, period: flags.ratePeriodSeconds } } },
        // The twin reaches this machine and nothing else.
        outboundService: { network: { allow: ['local'] } },
      },
    ],
  });
  await miniflare.ready;
  started = true;
  const url = await miniflare.unsafeGetDirectURL('network');
  announceListening('world:front', url.origin);
  return () => {
    stopping = true;
    return miniflare.dispose();
  };
}
