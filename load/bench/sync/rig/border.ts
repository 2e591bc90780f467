import { join } from 'node:path';

import { Toxiproxy } from 'toxiproxy-node-client';

import { hasOriginal, startOriginal } from '#standins/toxiproxy/original-server.ts';

import { startNode, type NodeCommand } from '../../rig/processes.ts';

export interface Shape {
  /** Round trip: half of it is added each way. */
  readonly rttMs: number;
  /** Of each connection and each way; without it the link is as wide as the machine. */
  readonly megabitsPerSecond?: number;
}

/** The proxy through which both contenders go where a link is shaped. */
export interface Border {
  /** `Toxiproxy 2.x` where the original is installed, else our stand-in. */
  readonly kind: string;
  /** Opens a link to `upstream` (host:port); answers where it listens (host:port). */
  open(name: string, upstream: string, shape: Shape): Promise<string>;
  /** Takes what slows the link away: what is still under way arrives at once. */
  widen(name: string): Promise<void>;
  close(name: string): Promise<void>;
  stop(): Promise<void>;
}

const BITS_A_BYTE = 8;

async function startServer(
  command: Omit<NodeCommand, 'name' | 'args'>,
): Promise<{ kind: string; url: string; close: () => Promise<void> }> {
  if (hasOriginal) return { kind: 'the original Toxiproxy', ...(await startOriginal()) };
  const path = join(import.meta.dirname, '../../../../sim/standins/toxiproxy/main.ts');
  const standIn = await startNode({ ...command, name: 'toxiproxy', args: [path] });
  return { kind: 'the Toxiproxy stand-in', url: standIn.url('toxiproxy'), close: () => standIn.stop() };
}

export async function startBorder(command: Omit<NodeCommand, 'name' | 'args'>): Promise<Border> {
  const server = await startServer(command);
  const client = new Toxiproxy(server.url);
  const toxics = new Map<string, string[]>();
  return {
    kind: server.kind,
    async open(name, upstream, { rttMs, megabitsPerSecond }) {
      const proxy = await client.createProxy({ name, listen: '127.0.0.1:0', upstream, enabled: true });
      for (const stream of ['upstream', 'downstream'] as const) {
        const toxic = { stream, toxicity: 1 };
        toxics.set(name, [...(toxics.get(name) ?? []), `latency-${stream}`]);
        await proxy.addToxic({ ...toxic, name: `latency-${stream}`, type: 'latency', attributes: { latency: rttMs / 2, jitter: 0 } });
        if (megabitsPerSecond === undefined) continue;
        // Toxiproxy counts in kilobytes of 1,000 bytes.
        const rate = Math.round((megabitsPerSecond * 1000) / BITS_A_BYTE);
        toxics.set(name, [...(toxics.get(name) ?? []), `bandwidth-${stream}`]);
        await proxy.addToxic({ ...toxic, name: `bandwidth-${stream}`, type: 'bandwidth', attributes: { rate } });
      }
      return proxy.listen;
    },
    async widen(name) {
      const proxy = await client.get(name);
      for (const toxic of toxics.get(name) ?? []) await (await proxy.getToxic(toxic)).remove();
      toxics.delete(name);
    },
    async close(name) {
      toxics.delete(name);
      await (await client.get(name)).remove();
    },
    stop: server.close,
  };
}
