import { startToxiproxyContainer } from '../drivers/containers.ts';
import type { Run, Running } from '../drivers/run.ts';
import { startStandIn } from './stand-in.ts';

export interface ToxiproxyTarget extends Running {
  /** Of the API. Proxies listen, and find their upstreams, on this machine's 127.0.0.1. */
  readonly url: string;
}

/** Starts Toxiproxy without any proxy. */
export async function startToxiproxy(run: Run): Promise<ToxiproxyTarget> {
  if (run.driver === 'docker') {
    const { url, container } = await startToxiproxyContainer(run);
    return { url, stop: async () => void (await container.stop()) };
  }
  const standIn = await startStandIn('toxiproxy', ['--port', '0']);
  return { url: standIn.urlOf('toxiproxy'), stop: async () => void (await standIn.stop()) };
}
