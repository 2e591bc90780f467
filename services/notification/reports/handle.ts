import type { Logger } from '#platform/log.ts';
import type { Received } from '#platform/queue/index.ts';

import type { Handled } from '../consume/handle.ts';
import { recordRefusal } from '../consume/refused.repository.ts';
import type { SendDeps } from '../deps.ts';
import { recordBounce } from '../suppressions/service.ts';
import { readReport } from './report.ts';

export interface ReportDeps extends Pick<SendDeps, 'db' | 'secrets'> {
  readonly log: Logger;
  /** Counts what was told: messages, and as `unfit` recipients. */
  readonly countReport?: (outcome: 'suppressed' | 'nothing' | 'refused' | 'unfit', count?: number) => void;
}

/**
 * Handles messages of vendors, one after the other, and says of each whether it may be deleted. What is not begun when `signal` aborts, and what follows a failure of the
 * database, is kept. Throws never.
 */
export async function handleReports(
  deps: ReportDeps,
  received: readonly Pick<Received, 'id' | 'body'>[],
  signal: AbortSignal,
): Promise<Handled> {
  const done: string[] = [];
  const kept: string[] = [];
  let failure: unknown;
  for (const message of received) {
    if (signal.aborted || failure !== undefined) {
      kept.push(message.id);
      continue;
    }
    try {
      await settle(deps, message);
      done.push(message.id);
    } catch (error) {
      failure = error ?? new Error('nothing was thrown');
      kept.push(message.id);
    }
  }
  return { done, kept, pauses: new Map(), failure };
}

async function settle(deps: ReportDeps, { id, body }: Pick<Received, 'id' | 'body'>): Promise<void> {
  const report = readReport(body);
  if (report.kind === 'refused') {
    await recordRefusal(deps.db, id, report.reason, report.type);
    deps.log.error({ messageIds: [id], reason: report.reason }, 'a message that is no report of a vendor is dropped');
    deps.countReport?.('refused');
    return;
  }
  if (report.kind === 'nothing') {
    deps.countReport?.('nothing');
    return;
  }
  const { bounces, unfit, type } = report;
  for (const bounce of bounces) await recordBounce(deps, bounce);
  deps.countReport?.('suppressed');
  if (unfit === 0) return;
  deps.log.error({ messageIds: [id], type, unfit }, 'recipients that a report names by no address are left out');
  deps.countReport?.('unfit', unfit);
}
