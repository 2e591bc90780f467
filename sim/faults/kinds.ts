import { clockFault } from './clock.ts';
import { databaseKinds } from './database.ts';
import { linkKinds } from './link.ts';
import type { FaultKind } from './kind.ts';
import { processFault } from './process.ts';
import { queueKinds } from './queue.ts';
import { secretKinds } from './secret.ts';

/** Every kind of fault that can be asked for, by its name; ask `faultKindOf`. */
export const faultKinds: Readonly<Record<string, FaultKind>> = {
  ...linkKinds,
  process: processFault,
  clock: clockFault,
  ...queueKinds,
  ...databaseKinds,
  ...secretKinds,
};

/** Undefined where there is none of that name: not even what every object has. */
export const faultKindOf = (name: string): FaultKind | undefined => (Object.hasOwn(faultKinds, name) ? faultKinds[name] : undefined);
