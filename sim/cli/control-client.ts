import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { isAlive } from '../supervisor/process-identity.ts';
import { readState, readSupervisorAddress, TwinState, type SupervisorAddress, type TwinPaths } from '../supervisor/state.ts';
import { straysOf } from '../supervisor/strays.ts';
import { attachedUrl } from '../status/versions.ts';
import { CommandFailure } from './failure.ts';

const ANSWER_WITHIN_MS = 5_000;
const ACT_WITHIN_MS = 300_000;
const ErrorBody = Type.Object({ error: Type.String() });

/** The supervisor runs, and has let a question wait for too long. */
export class NoAnswer extends CommandFailure {}

/** The supervisor of this twin, if one is running. */
export function findSupervisor(paths: TwinPaths): SupervisorAddress | undefined {
  const address = readSupervisorAddress(paths);
  return address !== undefined && isAlive(address) ? address : undefined;
}

/** Asks the supervisor. Throws CommandFailure with its answer when it refuses, and NoAnswer when there is none in time. */
export async function askSupervisor(address: SupervisorAddress, method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${address.url}${path}`, {
    method,
    // Adding a region or loading a snapshot takes its time, on a busy machine minutes; telling the state does not.
    signal: AbortSignal.timeout(method === 'GET' ? ANSWER_WITHIN_MS : ACT_WITHIN_MS),
    headers: { authorization: `Bearer ${address.token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    if (!(error instanceof Error) || error.name !== 'TimeoutError') throw error;
    throw new NoAnswer(`the supervisor (process ${address.pid}) does not answer`, 'npm run sim:down   ends it and what it started');
  });
  const answer: unknown = await response.json();
  if (!response.ok) throw new CommandFailure(Value.Check(ErrorBody, answer) ? answer.error : `the supervisor answered ${response.status}`);
  return answer;
}

/** The state as the running supervisor tells it. */
export async function fetchState(address: SupervisorAddress): Promise<TwinState> {
  return Value.Parse(TwinState, await askSupervisor(address, 'GET', '/state'));
}

export interface RunningTwin {
  readonly supervisor: SupervisorAddress;
  readonly state: TwinState;
}

/** The running twin; throws with what to do when there is none. */
export async function requireTwin(paths: TwinPaths): Promise<RunningTwin> {
  const supervisor = findSupervisor(paths);
  if (supervisor !== undefined) return { supervisor, state: await fetchState(supervisor) };
  if (survivors(paths) > 0) {
    throw new CommandFailure(
      'the supervisor is gone, but processes of the twin are left',
      'npm run sim:down   ends them; then npm run sim:up',
    );
  }
  throw new CommandFailure('the twin is not up', 'npm run sim:up');
}

/** Where an announced component or service listens. */
export function addressIn(state: TwinState, name: string): string {
  const url = state.addresses[name];
  const attached = attachedUrl(state, name);
  if (url === undefined && attached !== undefined)
    throw new CommandFailure(
      `${name} is attached (${attached}), and what it holds is not the twin's to read`,
      'Without SIM_MAIL_URL the twin has a mail sink of its own, and reads the codes there.',
    );
  if (url === undefined)
    throw new CommandFailure(
      `${name} has not been started`,
      'npm run sim:up       adds the region that is not there\n  npm run sim:status   shows what runs',
    );
  return url;
}

/** How many processes of the last run live on without a supervisor: those that it wrote down, or that carry its mark where that cannot be read. */
export function survivors(paths: TwinPaths): number {
  return (readState(paths)?.processes.filter(isAlive) ?? straysOf(paths)).length;
}
