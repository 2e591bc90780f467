import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkoutDir } from '../../paths.ts';
import type { Fault } from '../fault.ts';
import { readDocument } from './document.ts';
import { planSchedule, type PlannedStep } from './plan.ts';
import { runPlan, type ScheduleDeps, type ScheduleEvent } from './run.ts';

const plan = (text: string, seed = 1): PlannedStep[] => planSchedule(readDocument(text, 'a.yaml'), seed);

describe('a schedule', () => {
  it('is read with the words of the command line, or with any kind of fault and its parameters', () => {
    const steps = plan(`
about: everything
steps:
  - {at: 1m, heal: all}
  - {at: 10s, fault: cut, link: border, direction: world-china, for: 30s}
  - {at: 0s, fault: cut, link: [world:queue, 'china:*'], blackhole: true, stream: down, share: 30%}
  - at: 20s
    fault: slow
    link: world:mail, world:queue
    rtt: 100ms
    rate: 2mbit
  - {at: 25s, fault: preset, preset: satellite}
  - {at: 30s, fault: process, target: china-services, params: {action: stop}}
  - {at: 31s, fault: kill, process: [a, b]}
  - {at: 32s, fault: slow, target: border, params: {rttMs: 5}}
  - {at: 40s, heal: [border, f3]}
`);
    expect(steps.map(({ atMs, step, action }) => [atMs, step, action])).toEqual([
      [
        0,
        3,
        {
          do: 'apply',
          kind: 'cut',
          targets: [
            'world:queue',
            'china:postgres',
            'china:queue',
            'china:secrets',
            'china:mail',
            'china:sms',
            'china:payments',
            'china:auth',
            'china:user',
            'china:catalog',
            'china:inventory',
            'china:order',
            'china:notification',
            'china:sync-worker',
          ],
          params: { how: 'blackhole', stream: 'down', share: 0.3 },
          forMs: null,
        },
      ],
      [10_000, 2, { do: 'apply', kind: 'cut', targets: ['border:world-china'], params: { how: 'refuse' }, forMs: 30_000 }],
      [
        20_000,
        4,
        { do: 'apply', kind: 'slow', targets: ['world:queue', 'world:mail'], params: { rttMs: 100, rateBitsPerSecond: 2e6 }, forMs: null },
      ],
      [
        25_000,
        5,
        { do: 'apply', kind: 'preset', targets: ['border:world-china', 'border:china-world'], params: { name: 'satellite' }, forMs: null },
      ],
      [30_000, 6, { do: 'apply', kind: 'process', targets: ['china-services'], params: { action: 'stop' }, forMs: null }],
      [31_000, 7, { do: 'apply', kind: 'process', targets: ['a', 'b'], params: { action: 'kill' }, forMs: null }],
      [32_000, 8, { do: 'apply', kind: 'slow', targets: ['border:world-china', 'border:china-world'], params: { rttMs: 5 }, forMs: null }],
      [40_000, 9, { do: 'heal', names: ['border', 'f3'] }],
      [60_000, 1, { do: 'heal', names: [] }],
    ]);
  });

  it('may be a list alone, and JSON', () => {
    expect(plan('[{"at": "1s", "heal": "all"}]')).toEqual(plan('- {at: 1s, heal: all}'));
  });

  it('leaves to its seed what it leaves to chance', () => {
    const text = `
- {at: 10s..60s, fault: kill, process: [a, b, c, d], pick: 2, for: 1s..9s, every: 1m, times: 5}
- {at: 0s, fault: preset, preset: flapping}`;
    expect(plan(text, 7)).toEqual(plan(text, 7));
    expect(plan(text, 8)).not.toEqual(plan(text, 7));
    const kills = plan(text, 7).filter(({ step }) => step === 1);
    expect(kills).toHaveLength(5);
    for (const [turn, { atMs, action }] of kills.entries()) {
      expect(atMs - turn * 60_000).toSatisfy((ms: number) => ms >= 10_000 && ms <= 60_000);
      expect(action.do === 'apply' && new Set(action.targets).size).toBe(2);
      expect(action).toSatisfy(({ forMs }: { forMs: number }) => forMs >= 1000 && forMs <= 9000);
    }
  });

  it.each([
    ['steps:\n  - at: 1s\n    falt: cut', 'a.yaml:3: step 1, falt: there is no such entry'],
    ['steps:\n  - {at: 1s, heal: all}\n  - fault: cut', 'a.yaml:3: step 2: at is needed'],
    ['steps:\n  - at: 5\n    heal: all', 'a.yaml:2: step 1, at: must be string'],
    ['- at: soon\n  heal: all', "a.yaml:1: step 1, at: 'soon' is not a duration such as 200ms, 30s or 2m"],
    ['- at: 1s\n  fault: cut\n  link: bordr', 'a.yaml:3: step 1, link: no link or group is called bordr; did you mean border?'],
    ['- at: 1s\n  fault: cutt\n  link: border', 'a.yaml:2: step 1, fault: there is no fault called cutt; did you mean cut?'],
    ['- at: 1s\n  fault: cut\n  link: border\n  rtt: 1s', 'a.yaml:4: step 1, rtt: there is none of cut'],
    ['- at: 1s\n  fault: cut\n  link: border\n  for: 0s', 'a.yaml:4: step 1, for: a time longer than nothing is needed, such as 30s'],
    ['- at: 1s\n  fault: slow\n  link: border', /^a\.yaml:2: step 1, fault: nothing to slow by/],
    ['- at: 1s\n  fault: cut', 'a.yaml:2: step 1, fault: cut needs a link, such as link: border'],
    ['- at: 1s\n  link: border', 'a.yaml:1: step 1: a step has a fault or heals: fault: cut, or heal: all'],
    ['- at: 1s\n  heal: all\n  for: 3s', /^a\.yaml:3: step 1, for: a step that heals has nothing but/],
    ['- at: 1s\n  fault: preset\n  preset: flaping', 'a.yaml:3: step 1, preset: no preset is called flaping; did you mean flapping?'],
    [
      '- at: 1s\n  fault: process\n  target: a\n  params: {action: hug}',
      /^a\.yaml:4: step 1, params: action: must be .*: kill, stop, idle/,
    ],
    ['- at: 1s\n  fault: kill\n  process: a\n  pick: 2', 'a.yaml:4: step 1, pick: there are only 1 to pick from'],
    ['- at: 1s\n  fault: kill\n  process: a\n  every: 2s', /^a\.yaml:4: step 1, every: every and times belong together/],
    ['- at: 9s..1s\n  heal: all', "a.yaml:1: step 1, at: '9s..1s' is no range such as 10s..20s"],
    ['- at: 1s\n  fault: toString\n  target: a', /^a\.yaml:2: step 1, fault: there is no fault called toString/],
    ['- at: 1s\n  fault: __proto__\n  target: a', /^a\.yaml:2: step 1, fault: there is no fault called __proto__/],
    ['- at: 600h\n  heal: all', 'a.yaml:1: step 1, at: 600h is too long: 24h is the most'],
    ['- at: 1s\n  fault: cut\n  link: border\n  for: 25h', 'a.yaml:4: step 1, for: 25h is too long: 24h is the most'],
    ['- at: 1s\n  heal: all\n  every: 12h\n  times: 3', /^a\.yaml:1: step 1, at: it is later than a day/],
    ['- at: 1s\n  heal: all\n  every: 1s\n  times: 5000000000', /^a\.yaml:4: step 1, times: /],
    ['- at: 1s\n  fault: kill\n  process: a\n  link: border', 'a.yaml:4: step 1, link: there is none of kill'],
    ['steps: []', /^a\.yaml:1: steps: /],
    ['steps: [\n', /^a\.yaml:\d: /],
    ['a: 1', /^a\.yaml:1: /],
    ['', /^a\.yaml:1: /],
  ])('says where it is wrong: %j', (text, message) => {
    const failure = (() => {
      try {
        return plan(text);
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toBeInstanceOf(RangeError);
    const told = (failure as RangeError).message;
    if (typeof message === 'string') expect(told).toBe(message);
    else expect(told).toMatch(message);
  });

  const examples = join(checkoutDir, 'chaos/schedules');
  it.each(readdirSync(examples))('%s of the examples can be run', (file) => {
    const document = readDocument(readFileSync(join(examples, file), 'utf8'), file);
    expect(planSchedule(document, document.seed ?? 1).length).toBeGreaterThan(1);
    expect(document.about).toBeDefined();
  });
});

describe('a run', () => {
  /** A twin that breaks and heals as the supervisor does, with a clock that only sleeping moves. */
  function twin(stopAtMs = Number.POSITIVE_INFINITY) {
    let nowMs = 1000;
    let count = 0;
    const stopping = new AbortController();
    let inForce: (Fault & { overMs: number })[] = [];
    const done: string[] = [];
    const events: ScheduleEvent[] = [];
    const pass = (): void => void (inForce = inForce.filter(({ overMs }) => overMs > nowMs));
    const take = (gone: (fault: Fault) => boolean): Fault[] => {
      pass();
      const taken = inForce.filter(gone);
      inForce = inForce.filter((fault) => !taken.includes(fault));
      return taken;
    };
    const deps: ScheduleDeps = {
      async apply({ kind, targets }, forMs) {
        done.push(`${nowMs - 1000} ${kind} ${targets.join(' ')} ${forMs}`);
        if (targets.includes('broken')) throw new Error('it does not run');
        take((fault) => fault.kind === kind && targets.includes(fault.target));
        const faults = targets.map((target) => ({
          id: `f${(count += 1)}`,
          kind,
          target,
          summary: kind,
          since: '',
          until: null,
          overMs: forMs === null ? Number.POSITIVE_INFINITY : nowMs + forMs,
        }));
        inForce.push(...faults);
        return faults;
      },
      async heal(names) {
        done.push(`${nowMs - 1000} heal ${names.join(' ')}`);
        return { faults: take(({ target }) => names.length === 0 || names.includes(target)), links: [] };
      },
      async healIds(ids) {
        done.push(`${nowMs - 1000} heal ids ${ids.join(' ')}`);
        return take(({ id }) => ids.includes(id));
      },
      async inForce() {
        pass();
        return inForce;
      },
      nowMs: () => nowMs,
      async sleep(durationMs, signal) {
        nowMs = Math.min(nowMs + durationMs, 1000 + stopAtMs);
        if (nowMs - 1000 >= stopAtMs) stopping.abort();
        signal.throwIfAborted();
      },
      report: (event) => events.push(event),
    };
    const run = (steps: readonly PlannedStep[], speed = 1) => runPlan(steps, speed, deps, stopping.signal);
    return { run, done, events, left: () => inForce.map(({ kind, target }) => `${kind} ${target}`) };
  }

  const steps = plan(`
- {at: 10s, fault: kill, process: a, for: 30s}
- {at: 20s, fault: kill, process: b}
- {at: 1m, heal: b}
- {at: 2m, fault: stop, process: c}`);

  it('does each step at its time, sees what ends by itself, and tells what is left', async () => {
    const { run, done, events, left } = twin();
    expect((await run(steps)).map(({ target }) => target)).toEqual(['c']);
    expect(done).toEqual(['10000 process a 30000', '20000 process b null', '60000 heal b', '120000 process c null']);
    expect(events.map((event) => [event.event, event.atMs])).toEqual([
      ['applied', 10_000],
      ['applied', 20_000],
      ['over', 40_000],
      ['healed', 60_000],
      ['applied', 120_000],
    ]);
    expect(events[0]).toMatchObject({ next: { inMs: 10_000, step: { step: 2 } } });
    expect(left()).toEqual(['process c']);
  });

  it('runs faster, with shorter faults', async () => {
    const { run, done } = twin();
    await run(steps, 4);
    expect(done).toEqual(['2500 process a 7500', '5000 process b null', '15000 heal b', '30000 process c null']);
  });

  it('heals what it has applied when it is interrupted, and nothing else', async () => {
    const { run, done, events, left } = twin(25_000);
    expect(await run(steps)).toEqual([]);
    expect(done.at(-1)).toMatch(/heal ids f1 f2$/);
    expect(events.at(-1)).toMatchObject({ event: 'interrupted', healed: [{ target: 'a' }, { target: 'b' }] });
    expect(left()).toEqual([]);
  });

  it('heals what it has applied when a step fails, and says which', async () => {
    const { run, left } = twin();
    const failing = plan(
      '- {at: 1s, fault: kill, process: a}\n- {at: 2s, fault: kill, process: broken}\n- {at: 3s, fault: kill, process: c}',
    );
    await expect(run(failing)).rejects.toThrow('step 2 failed: it does not run');
    expect(left()).toEqual([]);
  });
});
