import { randomInt } from 'node:crypto';
import { selectAllLinks } from '../topology/links.ts';
import type { Way } from './link-params.ts';
import { presetNamed, seedLimit } from './preset.ts';

/** What the kinds of faults of links are asked for with, on the command line and in a schedule: quantities are read already. */
export interface LinkOptions {
  readonly blackhole?: boolean;
  readonly stream?: Way;
  readonly share?: number;
  /** Milliseconds. */
  readonly rtt?: number;
  readonly jitter?: number;
  /** Bits per second. */
  readonly rate?: number;
  /** Milliseconds. */
  readonly after?: number;
  readonly bytes?: number;
  readonly delay?: number;
  readonly preset?: string;
  readonly seed?: number;
}

export type LinkKind = 'cut' | 'slow' | 'reset' | 'limit' | 'slice' | 'preset';

/** The parameters of a kind. Throws RangeError for what cannot be meant together, with what to ask for instead. */
export function linkParams(kind: LinkKind, options: LinkOptions): Readonly<Record<string, unknown>> {
  const { stream, share } = options;
  const part = given({ stream, share });
  switch (kind) {
    case 'cut': {
      if (options.blackhole !== true && (stream !== undefined || share !== undefined))
        throw new RangeError('one stream, or a share of the connections, can only be swallowed, not refused: add --blackhole');
      return { how: options.blackhole === true ? 'blackhole' : 'refuse', ...part };
    }
    case 'slow': {
      const { rtt: rttMs, jitter: jitterMs, rate: rateBitsPerSecond } = options;
      const slowness = given({ rttMs, jitterMs, rateBitsPerSecond });
      if (Object.keys(slowness).length === 0)
        throw new RangeError('nothing to slow by: rtt, jitter or rate is needed, such as --rtt 200ms');
      return { ...slowness, ...part };
    }
    case 'reset':
      return { ...given({ afterMs: options.after }), ...part };
    case 'limit':
    case 'slice': {
      if (options.bytes === undefined) throw new RangeError(`${kind} needs bytes, such as --bytes ${kind === 'limit' ? '64kb' : '100b'}`);
      return { bytes: options.bytes, ...(kind === 'slice' ? given({ delayMs: options.delay }) : {}), ...part };
    }
    case 'preset': {
      if (options.preset === undefined) throw new RangeError('a preset has a name, such as flapping');
      const { name, rhythm } = presetNamed(options.preset);
      // One seed for all links of a request: both ways of a border come and go together.
      return { name, ...(rhythm === undefined ? {} : { seed: options.seed ?? randomInt(seedLimit) }), ...given({ stream }) };
    }
  }
}

/** The links that names and a direction stand for, by name; where there is no name, those that a preset is for. */
export function linkTargets(names: readonly string[], direction: string | undefined, preset?: string): string[] {
  const asked = names.length === 0 && preset !== undefined ? presetNamed(preset).links : names;
  const found = selectAllLinks(asked, direction).map((link) => link.name);
  // Tells in advance which links a preset has nothing to say of.
  const path = preset === undefined ? undefined : presetNamed(preset).path;
  for (const link of found) path?.(link);
  return found;
}

function given<Value>(values: Readonly<Record<string, Value | undefined>>): Readonly<Record<string, Value>> {
  const present: Record<string, Value> = {};
  for (const [name, value] of Object.entries(values)) if (value !== undefined) present[name] = value;
  return present;
}
