import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { cloudControl } from '../topology/processes.ts';
import type { Region } from '../topology/regions.ts';
import type { FaultContext } from './kind.ts';

const Tally = Type.Object({ seen: Type.Integer(), struck: Type.Integer() });
export type Tally = Static<typeof Tally>;
const Answer = Type.Object({
  /** What it has done so far; null where it is not in force. */
  tally: Type.Union([Tally, Type.Null()]),
  /** The `host:port` of what stands in front of the server, where the fault needs clients to be led there. */
  entrance: Type.Union([Type.String(), Type.Null()]),
  /** How many faults need that entrance besides. */
  others: Type.Integer(),
});
const ErrorAnswer = Type.Object({ error: Type.String() });
const ANSWER_WITHIN_MS = 5_000;

export type CloudFault = 'drop' | 'delay' | 'duplicate' | 'deny';

/** Asks a region's cloud process about a fault of its. Throws where it does not answer or refuses. */
export async function askCloud(
  context: FaultContext,
  region: Region,
  method: 'PUT' | 'GET' | 'DELETE',
  fault: CloudFault,
  body?: object,
): Promise<Static<typeof Answer>> {
  const response = await fetch(`${context.address(cloudControl(region))}/${fault}`, {
    method,
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    headers: { 'x-madeinworld-control': '1', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw new Error(`${region}-cloud does not answer; npm run sim -- restart ${region}-cloud`, { cause });
  });
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error(Value.Check(ErrorAnswer, answer) ? answer.error : `${region}-cloud answered ${response.status}`);
  return Value.Parse(Answer, answer);
}

/** Says that all faults of a region's cloud are in force that were before it began anew: what was held goes on. */
export async function releaseCloud(controlUrl: string): Promise<void> {
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  await fetch(`${controlUrl}/ready`, { method: 'PUT', signal, headers: { 'x-madeinworld-control': '1' } });
}

/** Whether the process that keeps a region's cloud faults in its memory runs; without it there are none. */
export function cloudRuns(context: FaultContext, region: Region): boolean {
  return context.state().processes.some(({ name, state }) => name === `${region}-cloud` && (state === 'running' || state === 'starting'));
}
