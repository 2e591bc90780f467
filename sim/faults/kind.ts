import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { TwinPaths, TwinState } from '../supervisor/state.ts';
import type { AppliedFault } from './fault.ts';
import type { LinkSwitch } from './link-switch.ts';

/** What a fault may do to a running twin, beyond calling what listens. */
export interface FaultContext {
  readonly paths: TwinPaths;
  readonly state: () => TwinState;
  /** Where something that announced itself listens, round the links; throws RangeError when it is not there. */
  readonly address: (name: string) => string;
  /** Sends a signal to a process and all its descendants. Throws RangeError when it does not run. */
  readonly signal: (process: string, signal: NodeJS.Signals) => void;
  /** The container in which something of this name runs; undefined where it is a process of this machine. */
  readonly container: (name: string) => FaultContainer | undefined;
  /** Starts a process again, after ending it if it runs. */
  readonly restart: (process: string) => Promise<void>;
  /** Sets how far a process's clock is ahead; it stays so when the process is started anew. Throws RangeError for a process without such a clock. */
  readonly setClock: (process: string, skewMs: number) => Promise<void>;
  /** Leads a link to `hostPort` instead of where it leads by itself, whatever is restarted meanwhile; null puts an end to that. */
  readonly detour: (link: string, hostPort: string | null) => Promise<void>;
  /** Shuts links and opens them again. */
  readonly linkSwitch: LinkSwitch;
}

/** A container that can be broken, and mended. */
export interface FaultContainer {
  kill(): Promise<void>;
  pause(): Promise<void>;
  /** Lets a frozen one go on; nothing, where it is not or has ended. */
  resume(): Promise<void>;
  /** Starts it again where it has ended, and resolves when the twin uses it. */
  revive(): Promise<void>;
}

/** A kind of fault: reads the parameters of a request, and answers how the fault is applied to one target. */
export interface FaultKind {
  (params: unknown, context: FaultContext): (target: string) => Promise<AppliedFault>;
  /** What its parameters have to be, for those who check them before anything is applied. */
  readonly schema: TSchema;
}

/** A kind whose parameters have the schema. It throws RangeError that names the first parameter that has not. */
export function faultKind<Schema extends TSchema>(
  schema: Schema,
  apply: (target: string, params: Static<Schema>, context: FaultContext) => Promise<AppliedFault>,
): FaultKind {
  const kind = (params: unknown, context: FaultContext) => {
    if (!Value.Check(schema, params))
      throw new RangeError(paramsProblem(schema, params)?.message ?? 'the parameters of the fault are wrong');
    const read = Value.Parse(schema, params);
    return (target: string) => apply(target, read, context);
  };
  return Object.assign(kind, { schema });
}

export interface ParamsProblem {
  /** The way to the parameter: property names. */
  readonly path: readonly string[];
  /** With the way to it. */
  readonly message: string;
  /** Without. */
  readonly plain: string;
}

/** What is wrong with parameters first, in words; undefined where nothing is. */
export function paramsProblem(schema: TSchema, params: unknown): ParamsProblem | undefined {
  const found = Value.Errors(schema, params);
  // An unknown property is told twice: of itself, and of what it is in. What it is in would hide what else is wrong.
  const [first] = found.toSorted((a, b) => Number(a.keyword === 'additionalProperties') - Number(b.keyword === 'additionalProperties'));
  if (first === undefined) return undefined;
  const path = first.instancePath.split('/').slice(1);
  const name = path.join('.');
  const told = (message: string): ParamsProblem => ({ path, message: `${name === '' ? '' : `${name}: `}${message}`, plain: message });
  if (first.keyword === 'boolean') return told('there is no such entry');
  if (first.keyword === 'required') return told(`${first.params.requiredProperties.join(', ')} is needed`);
  const choices = first.keyword === 'enum' ? `: ${first.params.allowedValues.map(String).join(', ')}` : '';
  return told(`${first.message}${choices}`);
}
