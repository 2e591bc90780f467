import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { isAlias, isMap, isScalar, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import { paramsProblem } from '../kind.ts';

const Names = Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })]);
const Text = Type.Optional(Type.String());
const Flag = Type.Optional(Type.Boolean());
const Count = Type.Optional(Type.Integer({ minimum: 1 }));
const strict = { additionalProperties: false };

/** A step as it is written: quantities have their units. What belongs together is checked by the kind of fault. */
export const Step = Type.Object(
  {
    /** `10s`, or `10s..20s`: some time in between. */
    at: Type.String(),
    note: Text,
    heal: Type.Optional(Names),
    fault: Text,
    link: Type.Optional(Names),
    process: Type.Optional(Names),
    target: Type.Optional(Names),
    /** So many of the targets, chosen by the seed. */
    pick: Count,
    for: Text,
    /** Again each time after this, `times` in all. */
    every: Text,
    times: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000 })),
    /** Of any kind of fault, as its kind reads them. */
    params: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    direction: Text,
    blackhole: Flag,
    stream: Type.Optional(Type.Enum(['up', 'down'])),
    share: Text,
    rtt: Text,
    jitter: Text,
    rate: Text,
    after: Text,
    bytes: Text,
    delay: Text,
    preset: Text,
    seed: Type.Optional(Type.Integer({ minimum: 0, maximum: 0xff_ff_ff_ff })),
  },
  strict,
);
export type Step = Static<typeof Step>;

const Written = Type.Object(
  { about: Text, seed: Type.Optional(Type.Integer({ minimum: 0, maximum: 0xff_ff_ff_ff })), steps: Type.Array(Step, { minItems: 1 }) },
  strict,
);
type Written = Static<typeof Written>;

/** A schedule as it is written, and the way to say where something in it is wrong. */
export interface ScheduleDocument extends Written {
  /** An error that names file, line, step and entry. */
  readonly problem: (step: number, entry: string | undefined, message: string) => RangeError;
}

/** Reads YAML, or JSON, which is YAML too. Throws RangeError that names the line and the entry. */
export function readDocument(text: string, file: string): ScheduleDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [syntax] = document.errors;
  if (syntax !== undefined) throw new RangeError(`${file}:${lines.linePos(syntax.pos[0]).line}: ${syntax.message}`);
  const written: unknown = document.toJS();
  // A list alone is the list of steps.
  const bare = Array.isArray(written);
  const whole: unknown = bare ? { steps: written } : written;
  const place = (path: readonly (string | number)[]): string => {
    const offset = offsetOf(document, bare ? path.slice(1) : path);
    return `${file}:${lines.linePos(offset).line}`;
  };
  const wrong = paramsProblem(Written, whole);
  if (wrong !== undefined) throw new RangeError(describe(wrong.path, wrong.plain, place));
  return {
    ...Value.Parse(Written, whole),
    problem(step, entry, message) {
      const path = ['steps', step, ...(entry === undefined ? [] : [entry])];
      return new RangeError(`${place(path)}: step ${step + 1}${entry === undefined ? '' : `, ${entry}`}: ${message}`);
    },
  };
}

function describe(path: readonly string[], message: string, place: (path: readonly (string | number)[]) => string): string {
  const [first, index, ...entry] = path;
  if (first !== 'steps' || index === undefined) return `${place(path)}: ${first === undefined ? 'the schedule' : first}: ${message}`;
  const named = entry.length === 0 ? '' : `, ${entry.join('.')}`;
  return `${place(['steps', Number(index), ...entry])}: step ${Number(index) + 1}${named}: ${message}`;
}

/** Where the value at a path begins or, where it is not there, what it would be in. */
function offsetOf(document: Document.Parsed, path: readonly (string | number)[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent: unknown = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    const pair = isMap(parent) ? parent.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined;
    if (isScalar(pair?.key) && pair.key.range) return pair.key.range[0];
    const found: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(found) && found.range) return found.range[0];
  }
  return document.contents?.range[0] ?? 0;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'range' in value && !isAlias(value);
}
