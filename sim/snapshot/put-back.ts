import { ProcessFailure } from '../supervisor/registry.ts';

/** What was there before a load could not be put back: it still lies where the load has put it aside. */
export class NotPutBack extends Error {}

/** A load that can be taken back. */
export interface Undoable {
  readonly work: () => Promise<void>;
  /** Ends what runs, and puts the files of before in their places. */
  readonly putBack: () => Promise<void>;
  /** What starts the twin on them, step by step. */
  readonly startAgain: readonly (() => Promise<void>)[];
}

/**
 * Does a load; where it fails, takes it back. Each step of starting again is done whatever has become of the others, and once more where it fails, so that as
 * much runs as can. Throws why it failed, and how the twin was left.
 */
export async function orBack({ work, putBack, startAgain }: Undoable): Promise<void> {
  try {
    await work();
  } catch (cause) {
    const reason = reasonOf(cause);
    await putBack().catch((error: unknown) => {
      throw new NotPutBack(
        `it could not be loaded (${reason}), and what was there before could not be put back (${reasonOf(error)}): it lies in the twin's folder, in what is called *.replaced\n  npm run sim:down && npm run sim:up -- --fresh --snapshot NAME   begins anew; npm run sim:logs -- supervisor   tells more`,
        { cause: error },
      );
    });
    const failures: unknown[] = [];
    for (const step of startAgain) await step().catch(() => step().catch((error: unknown) => failures.push(error)));
    if (failures.length > 0) {
      throw new Error(
        `it could not be loaded (${reason}); what was there before is put back, and not all of it could be started (${failures.map(reasonOf).join('; ')})\n  npm run sim -- restart NAME   starts one of them; npm run sim:logs -- NAME   tells more`,
        { cause },
      );
    }
    throw new Error(`it could not be loaded, and the twin is as it was before: ${reason}`, { cause });
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof ProcessFailure) return `${error.processName} ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
