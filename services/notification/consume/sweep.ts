import type { Publisher } from '#platform/publisher.ts';

import type { SendDeps } from '../deps.ts';
import { deliver } from '../notices/deliver.ts';
import { deleteOld, selectDue } from '../notices/notices.repository.ts';

const AT_ONCE = 4;
const DUE_A_ROUND = 100;
const MOST_ROUNDS = 10;
/** So many in a row that could not be sent: nothing is taken at the moment, and to try them all would hold up the events of a sweep's queue for as many deadlines. */
const MOST_IN_VAIN = 8;
/** Longer than any queue keeps a message: what is deleted cannot be told twice. */
const KEPT_DAYS = 90;

/**
 * What the schedule asks for: publishes events that services have left behind, sends what is due, and deletes what is old. One after the other; what fails does not
 * keep the rest from being done, and is thrown at the end.
 */
export function createSweep(
  deps: SendDeps & { readonly publisher: Pick<Publisher, 'sweep'>; readonly signal: AbortSignal },
): () => Promise<void> {
  const parts: readonly (() => Promise<unknown>)[] = [
    () => deps.publisher.sweep(),
    () => sendDue(deps, deps.signal),
    () => deleteOld(deps.db, KEPT_DAYS),
  ];
  return async () => {
    let failure: unknown;
    for (const part of parts) await part().catch((error: unknown) => (failure ??= error));
    if (failure !== undefined) throw failure;
  };
}

/** Sends notices that are due, until none is, or enough was done or tried in vain for one sweep. What fails is not due any more. */
async function sendDue(deps: SendDeps, signal: AbortSignal): Promise<void> {
  let inVain = 0;
  const isOver = (): boolean => signal.aborted || inVain >= MOST_IN_VAIN;
  for (let round = 0; round < MOST_ROUNDS && !isOver(); round += 1) {
    const due = await selectDue(deps.db, DUE_A_ROUND);
    if (due.length === 0) return;
    const work = async (): Promise<void> => {
      for (let id = isOver() ? undefined : due.shift(); id !== undefined; id = isOver() ? undefined : due.shift())
        inVain = (await deliver(deps, id)) === 'settled' ? 0 : inVain + 1;
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }
}
