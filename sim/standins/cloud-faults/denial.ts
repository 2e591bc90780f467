import type { Tally } from './queue-fault.ts';

/** Which secrets may not be read at present, though they are there. */
export interface Denial {
  /** Denies the secrets of these names; all, where none is named. Told the same once more, it goes on where it was. */
  deny(names: readonly string[]): void;
  allow(): void;
  /** Whether a read of this secret, by its name or ARN, is to be refused; it is counted. */
  refuses(id: string): boolean;
  tally(): Tally | undefined;
}

interface InForce {
  readonly names: readonly string[];
  seen: number;
  struck: number;
}

export function createDenial(): Denial {
  let inForce: InForce | undefined;
  return {
    deny(names) {
      if (inForce === undefined || JSON.stringify(inForce.names) !== JSON.stringify(names)) inForce = { names, seen: 0, struck: 0 };
    },
    allow() {
      inForce = undefined;
    },
    refuses(id) {
      if (inForce === undefined) return false;
      inForce.seen += 1;
      const refused = inForce.names.length === 0 || inForce.names.some((name) => isOf(name, id));
      if (refused) inForce.struck += 1;
      return refused;
    },
    tally: () => (inForce === undefined ? undefined : { seen: inForce.seen, struck: inForce.struck }),
  };
}

/** AWS ends the ARN of a secret with a hyphen and six characters of its own, which may be left out. */
function isOf(name: string, id: string): boolean {
  if (id === name) return true;
  const named = /^arn:[^:]+:secretsmanager:[^:]*:\d*:secret:(.+)$/.exec(id)?.[1];
  return named === name || named?.replace(/-[A-Za-z0-9]{6}$/, '') === name;
}
