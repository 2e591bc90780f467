import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { TwinPaths, TwinState } from '../supervisor/state.ts';
import type { AppliedFault } from './fault.ts';

/** What a fault may do to a running twin, beyond calling what listens. */
export interface FaultContext {
  readonly paths: TwinPaths;
  readonly state: () => TwinState;
  /** Where something that announced itself listens, round the links; throws RangeError when it is not there. */
  readonly address: (name: string) => string;
  /** Sends a signal to a process and all its descendants. Throws RangeError when it does not run. */
  readonly signal: (process: string, signal: NodeJS.Signals) => void;
  /** Starts a process again, after ending it if it runs. */
  readonly restart: (process: string) => Promise<void>;
  /** Sets how far a process's clock is ahead; it stays so when the process is started anew. Throws RangeError for a process without such a clock. */
  readonly setClock: (process: string, skewMs: number) => Promise<void>;
  /** Leads a link to `hostPort` instead of where it leads by itself, whatever is restarted meanwhile; null puts an end to that. */
  readonly detour: (link: string, hostPort: string | null) => Promise<void>;
}

/** A kind of fault: reads the parameters of a request, and answers how the fault is applied to one target. */
export type FaultKind = (params: unknown, context: FaultContext) => (target: string) => Promise<AppliedFault>;

/** A kind whose parameters have the schema. It throws a ParseError for others. */
export function faultKind<Schema extends TSchema>(
  schema: Schema,
  apply: (target: string, params: Static<Schema>, context: FaultContext) => Promise<AppliedFault>,
): FaultKind {
  return (params, context) => {
    const read = Value.Parse(schema, params);
    return (target) => apply(target, read, context);
  };
}
