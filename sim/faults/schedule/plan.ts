import { nearest } from '../../topology/nearest.ts';
import { paramsProblem } from '../kind.ts';
import { faultKindOf, faultKinds } from '../kinds.ts';
import { linkKinds } from '../link.ts';
import { linkParams, linkTargets, type LinkKind, type LinkOptions } from '../link-request.ts';
import { seedLimit } from '../preset.ts';
import { LONGEST_MS, parseBytes, parseDuration, parseRate, parseShare, parseSpan } from '../quantities.ts';
import { createRandom } from '#standins/toxiproxy/random.ts';
import type { ScheduleDocument, Step } from './document.ts';

/** What is done at a time of the plan. */
export type Action =
  | {
      readonly do: 'apply';
      readonly kind: string;
      readonly targets: readonly string[];
      readonly params: Readonly<Record<string, unknown>>;
      readonly forMs: number | null;
    }
  /** All faults, where no name is named. */
  | { readonly do: 'heal'; readonly names: readonly string[] };

export interface PlannedStep {
  readonly atMs: number;
  /** Its number in the file, from 1. */
  readonly step: number;
  readonly note: string | undefined;
  readonly action: Action;
}

const processActions = ['kill', 'stop', 'idle'];
const optionsOf: Readonly<Record<LinkKind, readonly (keyof LinkOptions)[]>> = {
  cut: ['blackhole', 'stream', 'share'],
  slow: ['rtt', 'jitter', 'rate', 'stream', 'share'],
  reset: ['after', 'stream', 'share'],
  limit: ['bytes', 'stream', 'share'],
  slice: ['bytes', 'delay', 'stream', 'share'],
  preset: ['preset', 'seed', 'stream'],
};
const linkOptionNames = [...new Set(Object.values(optionsOf).flat())];

/**
 * What a schedule does when, the earliest first: the same for the same seed. Throws RangeError that names the line, the step and the entry that
 * cannot be meant.
 */
export function planSchedule(document: ScheduleDocument, seed: number): PlannedStep[] {
  const random = createRandom(seed);
  const planned = document.steps.flatMap((step, index) =>
    planStep(step, index + 1, random, (entry, message) => document.problem(index, entry, message)),
  );
  const late = planned.find(({ atMs }) => atMs > LONGEST_MS);
  if (late !== undefined)
    throw document.problem(late.step - 1, 'at', 'it is later than a day after the beginning, which no schedule lasts');
  return planned.toSorted((a, b) => a.atMs - b.atMs);

  function planStep(step: Step, number: number, draw: () => number, problem: Problem): PlannedStep[] {
    const at = attempt(problem, 'at', () => parseRange(step.at, parseDuration));
    if ((step.every === undefined) !== (step.times === undefined))
      throw problem(step.every === undefined ? 'times' : 'every', 'every and times belong together: every: 30s, times: 5');
    const everyMs = step.every === undefined ? 0 : attempt(problem, 'every', () => parseSpan(step.every ?? ''));
    return Array.from({ length: step.times ?? 1 }, (_, turn) => ({
      atMs: Math.round(within(at, draw) + turn * everyMs),
      step: number,
      note: step.note,
      action: actionOf(step, draw, problem),
    }));
  }
}

type Problem = (entry: string | undefined, message: string) => RangeError;

function actionOf(step: Step, draw: () => number, problem: Problem): Action {
  if (step.heal !== undefined) return healOf(step, step.heal, problem);
  if (step.fault === undefined) throw problem(undefined, 'a step has a fault or heals: fault: cut, or heal: all');
  const forMs =
    step.for === undefined
      ? null
      : Math.round(
          within(
            attempt(problem, 'for', () => parseRange(step.for ?? '', parseSpan)),
            draw,
          ),
        );
  const { kind, targets, params } = requestOf(step, step.fault, draw, problem);
  return { do: 'apply', kind, targets: picked(targets, step.pick, draw, problem), params, forMs };
}

function healOf(step: Step, heal: string | readonly string[], problem: Problem): Action {
  const others = Object.keys(step).find((entry) => !['at', 'heal', 'note', 'every', 'times'].includes(entry));
  if (others !== undefined) throw problem(others, 'a step that heals has nothing but at, heal, note, every and times');
  const names = [heal].flat();
  return { do: 'heal', names: names.includes('all') ? [] : names };
}

interface Request {
  readonly kind: string;
  readonly targets: readonly string[];
  readonly params: Readonly<Record<string, unknown>>;
}

/** Faults of links and processes in the words of the command line, and any kind of fault by its parameters. */
function requestOf(step: Step, fault: string, draw: () => number, problem: Problem): Request {
  if (isLinkKind(fault) && step.params === undefined) return linkRequest(step, fault, draw, problem);
  const asProcess = processActions.includes(fault);
  const kind = asProcess ? 'process' : fault;
  const known = faultKindOf(kind);
  if (known === undefined) throw problem('fault', unknownKind(fault));
  const foreign = [...linkOptionNames, 'direction' as const, ...(isLinkKind(kind) ? [] : ['link' as const])].find(
    (entry) => step[entry] !== undefined,
  );
  if (foreign !== undefined)
    throw problem(foreign, `there is none of ${fault}${step.params === undefined ? '' : ' where there are params'}`);
  const params = asProcess ? { action: fault, ...step.params } : (step.params ?? {});
  const wrong = paramsProblem(known.schema, params);
  if (wrong !== undefined) throw problem(step.params === undefined ? 'fault' : 'params', `${wrong.message} (params of ${kind})`);
  const targets = [step.target ?? step.process ?? step.link ?? []].flat().flatMap((name) => name.split(',').map((one) => one.trim()));
  if (targets.length === 0) throw problem('fault', `${fault} needs a target: what is broken, by name`);
  return { kind, params, targets: isLinkKind(kind) ? attempt(problem, 'target', () => linkTargets(targets, undefined)) : targets };
}

function linkRequest(step: Step, kind: LinkKind, draw: () => number, problem: Problem): Request {
  const misplaced = [...linkOptionNames, 'process' as const].find(
    (entry) => step[entry] !== undefined && !isOption(optionsOf[kind], entry),
  );
  if (misplaced !== undefined) throw problem(misplaced, `there is none of ${kind}`);
  const names = [step.link ?? step.target ?? []].flat();
  if (names.length === 0 && kind !== 'preset') throw problem('fault', `${kind} needs a link, such as link: border`);
  const read = <Value>(entry: 'share' | 'rtt' | 'jitter' | 'rate' | 'after' | 'bytes' | 'delay', parse: (text: string) => Value) => {
    const text = step[entry];
    return text === undefined ? {} : { [entry]: attempt(problem, entry, () => parse(text)) };
  };
  const options: LinkOptions = {
    ...(step.blackhole === undefined ? {} : { blackhole: step.blackhole }),
    ...(step.stream === undefined ? {} : { stream: step.stream }),
    ...(step.preset === undefined ? {} : { preset: step.preset }),
    ...(kind === 'preset' ? { seed: step.seed ?? Math.floor(draw() * seedLimit) } : {}),
    ...read('share', parseShare),
    ...read('rtt', parseDuration),
    ...read('jitter', parseDuration),
    ...read('rate', parseRate),
    ...read('after', parseDuration),
    ...read('bytes', parseBytes),
    ...read('delay', parseDuration),
  };
  const params = attempt(problem, kind === 'preset' ? 'preset' : 'fault', () => linkParams(kind, options));
  const targets = attempt(problem, step.direction === undefined ? 'link' : 'direction', () =>
    linkTargets(names, step.direction, step.preset),
  );
  return { kind, targets, params };
}

function isOption(options: readonly string[], entry: string): boolean {
  return options.includes(entry);
}

function isLinkKind(name: string): name is LinkKind {
  return Object.hasOwn(linkKinds, name);
}

function unknownKind(fault: string): string {
  const names = [...processActions, ...Object.keys(faultKinds).filter((name) => name !== 'process'), 'process'];
  const meant = nearest(fault, names);
  return `there is no fault called ${fault}; ${meant === undefined ? `there are ${names.join(', ')}` : `did you mean ${meant}?`}`;
}

function picked(targets: readonly string[], count: number | undefined, draw: () => number, problem: Problem): readonly string[] {
  if (count === undefined) return targets;
  if (count > targets.length) throw problem('pick', `there are only ${targets.length} to pick from`);
  const left = [...targets];
  return Array.from({ length: count }, () => left.splice(Math.floor(draw() * left.length), 1)).flat();
}

function attempt<Result>(problem: Problem, entry: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw error instanceof RangeError ? problem(entry, error.message) : error;
  }
}

type Range = readonly [least: number, most: number];

function parseRange(text: string, parse: (text: string) => number): Range {
  const [first = '', last = first, ...more] = text.split('..');
  const [least, most] = [parse(first), parse(last)];
  if (more.length > 0 || most < least) throw new RangeError(`'${text}' is no range such as 10s..20s`);
  return [least, most];
}

function within([least, most]: Range, draw: () => number): number {
  return most === least ? least : least + draw() * (most - least);
}
