import { clockFault } from './clock.ts';
import { linkKinds } from './link.ts';
import type { FaultKind } from './kind.ts';
import { processFault } from './process.ts';

/** Every kind of fault that can be asked for, by its name. */
export const faultKinds: Readonly<Record<string, FaultKind>> = {
  ...linkKinds,
  process: processFault,
  clock: clockFault,
};
