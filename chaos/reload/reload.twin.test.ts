/**
 * Goal: a saved file is served by new processes of its service and by nobody else anew, while the fronts answer without a gap; what does not start changes nothing and is
 * told; what does not type-check is served and told; what a fault keeps still stays so. A rolling restart does the same by hand.
 * Method: on a twin that is up and watches, in a real file of the catalogue that is put back byte for byte: append a comment, a syntax error, a type error, while both
 * regions are read without pause, and compare the pids of all processes; likewise in the Worker and in the payment sandbox. Every twin that watches this checkout serves the changes, so files of twin
 * tests run one at a time.
 */
import { afterEach, expect, test } from 'vitest';

import { processesOf, reloadBy, running } from '../twin/reloads.ts';
import { openSourceFile } from '../twin/source-file.ts';
import { startTraffic } from '../twin/traffic.ts';
import { openTwin, type Status } from '../twin/twin.ts';

const twin = openTwin(process.env['SIM_DIR']);
const path = 'catalog/app.ts';
const source = openSourceFile(path);
const worker = openSourceFile('edge/worker.ts');
const sandbox = openSourceFile('order/payments/sandbox/app.ts');
const PATIENT = { timeout: 120_000, interval: 500 };
const LONG = 300_000;
afterEach(async () => {
  source.putBack();
  // The next test, and the next file, find a twin that serves what is there.
  await expect.poll(async () => (await twin.status()).reload?.state, PATIENT).not.toBe('reloading');
}, LONG);

/**
 * Has processes replaced while requests are made through both fronts: before it, meanwhile and after it all are answered. In the moment in which a link is led to the
 * successor it is cut; the fronts ask again.
 */
async function underTraffic<Result>(work: () => Promise<Result>): Promise<Result> {
  const { world, china } = (await twin.status()).regions;
  const traffics = [world, china].map(({ gatewayUrl }) => startTraffic(gatewayUrl));
  const next = (): Promise<unknown> => Promise.all(traffics.map((traffic) => traffic.next()));
  try {
    await next();
    const result = await work();
    await next();
    return result;
  } finally {
    const answered = await Promise.all(traffics.map((traffic) => traffic.stop()));
    for (const requests of answered) expect(requests).toBeGreaterThan(2);
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Others of the catalogue's processes run than before, none else, and those of before end. */
async function expectNewCatalogue(before: Status): Promise<void> {
  const [then, now] = [running(before), running(await twin.status())];
  expect(Object.keys(now).toSorted()).toEqual(Object.keys(then).toSorted());
  const changed = Object.keys(then).filter((name) => then[name] !== now[name]);
  expect(changed.toSorted()).toEqual(processesOf(before, 'catalog'));
  await expect.poll(() => changed.filter((name) => isAlive(then[name] ?? 0)), PATIENT).toEqual([]);
}

test(
  'a change is served by new processes of its service, no other is started anew, and the fronts answer all the time',
  async () => {
    const before = await twin.status();
    await underTraffic(async () => {
      const served = await reloadBy(twin, () => source.append('// A comment.\n'));
      expect(served).toMatchObject({ state: 'reloaded', files: [path], error: null });
      expect(served.processes.toSorted()).toEqual(processesOf(before, 'catalog'));
      await expectNewCatalogue(before);
    });
    expect(await reloadBy(twin, source.putBack)).toMatchObject({ state: 'reloaded', files: [path] });
  },
  LONG,
);

test(
  'what does not start changes nothing, and is told until the file is right again',
  async () => {
    const before = await twin.status();
    await underTraffic(async () => {
      const refused = await reloadBy(twin, () => source.append('export const = ;\n'));
      expect(refused).toMatchObject({ state: 'failed', files: [path] });
      for (const name of processesOf(before, 'catalog')) expect(refused.error).toMatch(new RegExp(`^${name} ended with code 1: `, 'm'));
      expect(running(await twin.status())).toEqual(running(before));
    });
    const told = await twin.sim('status');
    expect(told).toContain(`${path}  not served: the old ones serve on`);
    expect(told).toMatch(/\| \S+ ended with code 1: .*=/);

    expect(await reloadBy(twin, source.putBack)).toMatchObject({ state: 'reloaded', files: [path], error: null });
    const mended = await twin.sim('status');
    expect(mended).toContain(`${path}  served since`);
    expect(mended).not.toContain('ended with code');
    await expectNewCatalogue(before);
  },
  LONG,
);

test(
  'what does not type-check is served, and told until the file is right again',
  async () => {
    const before = await twin.status();
    let line = 0;
    const served = await reloadBy(twin, () => (line = source.append("export const mistyped: number = 'a text';\n")));
    expect(served).toMatchObject({ state: 'reloaded', files: [path], error: null });
    await expectNewCatalogue(before);
    const complaints = async (): Promise<string[] | null | undefined> => (await twin.status()).reload?.typeErrors;
    await expect
      .poll(complaints, PATIENT)
      .toEqual([expect.stringMatching(new RegExp(`^services/${path}\\(${line},\\d+\\): error TS2322`))]);
    const told = await twin.sim('status');
    expect(told).toMatch(/The type checker says\n\s*\| services\/catalog\/app\.ts/);
    await underTraffic(async () => {
      expect(await reloadBy(twin, source.putBack)).toMatchObject({ state: 'reloaded', error: null });
    });
    await expect.poll(complaints, PATIENT).toEqual([]);
    expect(await twin.sim('status')).not.toContain('The type checker says');
  },
  LONG,
);

test(
  'a rolling restart has new processes, and the fronts answer all the time',
  async () => {
    const before = await twin.status();
    await underTraffic(async () => {
      await twin.sim('restart', 'catalog', '--rolling');
      await expectNewCatalogue(before);
    });
  },
  LONG,
);

test(
  'a Worker that does not start changes nothing, and is told with its file and line, whoever cannot read it; the one that is put right serves',
  async () => {
    const before = await twin.status();
    try {
      const mistakes = ['const const\n', 'const twice = 1;\nconst twice = 2;\n', "throw new Error('boom');\n"];
      for (const mistake of mistakes) {
        await underTraffic(async () => {
          let line = 0;
          const refused = await reloadBy(twin, () => (line = worker.append(mistake)));
          expect(refused).toMatchObject({ state: 'failed', files: ['edge/worker.ts'], processes: ['world-front'] });
          const at = line + (mistake.startsWith('const twice') ? 1 : 0);
          expect(refused.error).toMatch(new RegExp(`^world-front ended with code 1: [^]*services/edge/worker\\.ts:${at}(:\\d+)?$`));
          expect(running(await twin.status())).toEqual(running(before));
          expect(await twin.sim('status')).toMatch(new RegExp(`not served: the old ones serve on[^]*services/edge/worker\\.ts:${at}`));
        });
      }
    } finally {
      worker.putBack();
    }
    await expect.poll(async () => (await twin.status()).reload, PATIENT).toMatchObject({ state: 'reloaded', error: null });
    const now = running(await twin.status());
    expect(now['world-front']).not.toBe(running(before)['world-front']);
    expect({ ...now, 'world-front': 0 }).toEqual({ ...running(before), 'world-front': 0 });
  },
  LONG,
);

test(
  'the payment sandbox is served by new processes of its own, and by nobody else anew',
  async () => {
    const before = running(await twin.status());
    const payments = ['china-payments', 'world-payments'];
    try {
      const served = await reloadBy(twin, () => sandbox.append('// A comment.\n'));
      expect(served).toMatchObject({ state: 'reloaded', error: null });
      expect(served.processes.toSorted()).toEqual(payments);
      const now = running(await twin.status());
      expect(
        Object.keys(before)
          .filter((name) => before[name] !== now[name])
          .toSorted(),
      ).toEqual(payments);
    } finally {
      sandbox.putBack();
    }
    await expect.poll(async () => (await twin.status()).reload?.state, PATIENT).toBe('reloaded');
  },
  LONG,
);

test.runIf(process.platform === 'linux').each(['idle', 'stop'])(
  'what is broken by %s stays so when a change is served',
  async (fault) => {
    const [name = ''] = processesOf(await twin.status(), 'catalog').filter((process) => process.startsWith('world-'));
    await twin.sim('fault', fault, name);
    try {
      const state = async (): Promise<string | undefined> => (await twin.status()).processes[name]?.state;
      await expect.poll(state, PATIENT).toBe('frozen');
      const before = running(await twin.status())[name];
      expect(await reloadBy(twin, () => source.append('// A comment.\n'))).toMatchObject({ state: 'reloaded', error: null });
      await expect.poll(state, PATIENT).toBe('frozen');
      const { faults, processes } = await twin.status();
      expect(faults).toMatchObject([{ kind: 'process', target: name, summary: expect.not.stringContaining('gone') }]);
      expect(processes[name]?.pid).not.toBe(before);
    } finally {
      await twin.sim('fault', 'heal');
      await reloadBy(twin, source.putBack);
    }
  },
  LONG,
);
