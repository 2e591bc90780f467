import { setTimeout as wait } from 'node:timers/promises';

const borders = ['border:world-china', 'border:china-world'];
/** Which of the two links are there, phase by phase: none, both, one way, the other way. */
const phases = [
  [false, false],
  [true, true],
  [true, false],
  [false, true],
] as const;

/** A border that comes and goes, both ways and one way, until it is stopped. */
export interface Flapping {
  /** How often a link went down. */
  readonly cuts: () => number;
  /** Leaves the links as they are. Throws what went wrong meanwhile. */
  stop(): Promise<void>;
}

async function set(toxiproxyUrl: string, name: string, enabled: boolean): Promise<void> {
  const response = await fetch(`${toxiproxyUrl}/proxies/${encodeURIComponent(name)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ enabled }),
  });
  if (!response.ok) throw new Error(`${name} could not be changed: ${response.status} ${await response.text()}`);
}

export async function cutBorder(toxiproxyUrl: string): Promise<void> {
  for (const name of borders) await set(toxiproxyUrl, name, false);
}

export async function healBorder(toxiproxyUrl: string): Promise<void> {
  for (const name of borders) await set(toxiproxyUrl, name, true);
}

/** Makes the border flap: each phase lasts `everyMs`. */
export function startFlapping(toxiproxyUrl: string, everyMs: number): Flapping {
  const stopping = new AbortController();
  let cuts = 0;
  let failure: unknown;
  const flapping = (async () => {
    for (let round = 0; !stopping.signal.aborted; round += 1) {
      const phase = phases[round % phases.length] ?? phases[0];
      for (const [index, name] of borders.entries()) {
        await set(toxiproxyUrl, name, phase[index] === true);
        if (phase[index] !== true) cuts += 1;
      }
      await wait(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })().catch((error: unknown) => (failure = error));
  return {
    cuts: () => cuts,
    async stop() {
      stopping.abort();
      await flapping;
      if (failure !== undefined) throw failure;
    },
  };
}
