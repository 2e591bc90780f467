import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';

import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import { browserAdvice, findBrowser } from '../../e2e/browser.ts';
import { bin, endUnderWay, print, run, runOwn, runs } from './run.ts';

/** What a part of the tests needs beyond npm, and how to see whether it is there. */
const tools = {
  k6: { there: () => runs('k6', ['version']), advice: 'k6 (https://k6.io) is not on the PATH' },
  browser: {
    there: async () => findBrowser() !== undefined,
    advice: browserAdvice,
  },
  docker: {
    there: () => runs('docker', ['compose', 'version']).then(async (has) => has && runs('docker', ['info'])),
    advice: 'no Docker engine with compose answers',
  },
} as const;
type Tool = keyof typeof tools;

const isTool = (name: string): name is Tool => name in tools;
const checkReport = Compile(
  Type.Object({
    numPassedTests: Type.Integer(),
    numFailedTests: Type.Integer(),
    numPendingTests: Type.Integer(),
    testResults: Type.Array(Type.Object({ assertionResults: Type.Array(Type.Object({ fullName: Type.String(), status: Type.String() })) })),
  }),
);

const help = `npm test: unit, property and integration tests; then, on twins of their own: faults, partitions, snapshots, k6 and the admin in a browser on the
embedded one, staff's second factor in a browser on one that asks for it, the partition test on a split one (with --full faults of processes and operating it
as well); the conformance suite on both drivers; the image and the Docker driver; the partition test on Docker, and from the image. What this machine lacks is
named and skipped; REQUIRE=k6,browser,docker makes that a failure.

  npm test -- --quick      without the twin: some ten minutes on two cores
  npm test                 a tenth of the random histories: longer than that, and shorter than --full
  npm test -- --full       all random histories and all steps at which a process may die, as CI does: 36 minutes on two quiet cores
`;

const totals = { passed: 0, failed: 0, skipped: 0 };
/** What failed, said again at the end: by then it has scrolled away. */
const failures: string[] = [];
/** What removes what would be left behind, were the run stopped now. */
const leftovers = new Set<() => Promise<void>>();

async function vitest(name: string, args: readonly string[], env: Record<string, string>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'madeinworld-report-'));
  const removeReport = (): Promise<void> => rm(folder, { recursive: true, force: true });
  leftovers.add(removeReport);
  const file = join(folder, 'report.json');
  const { code } = await run(bin('vitest'), ['run', '--reporter=dot', '--reporter=json', `--outputFile.json=${file}`, ...args], {
    env: { ...env, ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }) },
    show: true,
  });
  const report = await readFile(file, 'utf8')
    .then((text) => checkReport.Parse(JSON.parse(text)))
    .catch(() => undefined);
  await removeReport();
  leftovers.delete(removeReport);
  totals.passed += report?.numPassedTests ?? 0;
  totals.failed += report?.numFailedTests ?? 0;
  totals.skipped += report?.numPendingTests ?? 0;
  // A run that broke before or after its tests has failed too.
  if (code !== 0 && (report?.numFailedTests ?? 0) === 0) {
    totals.failed += 1;
    failures.push(`${name}: an error outside the tests; vitest shows it above`);
  }
  for (const file of report?.testResults ?? []) {
    for (const one of file.assertionResults) if (one.status === 'failed') failures.push(`${name}: ${one.fullName}`);
  }
}

async function counted(name: string, work: () => Promise<{ code: number; output: string }>): Promise<boolean> {
  const start = performance.now();
  const { code, output } = await work();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  print(`${code === 0 ? 'ok  ' : 'FAIL'} ${name}  ${seconds} s`);
  if (code === 0) totals.passed += 1;
  else {
    totals.failed += 1;
    failures.push(name);
    print(output);
  }
  return code === 0;
}

function skip(name: string, tool: Tool): void {
  totals.skipped += 1;
  print(`skip ${name}: ${tools[tool].advice}`);
}

let isInterrupted = false;

/** Leaves nothing running: what is under way is ended by us, since a signal to this process alone reaches none of it. */
async function interrupted(signal: NodeJS.Signals): Promise<void> {
  // It may come twice: from the terminal, and passed on by the process that started this one.
  if (isInterrupted) return;
  isInterrupted = true;
  await endUnderWay();
  await Promise.all([...leftovers].map((remove) => remove()));
  process.exit(128 + constants.signals[signal]);
}

/** Brings a twin of the tests' own up, laid out as the flags say, runs `work` on it, and takes it down whatever happens. */
async function onTwin(flags: readonly string[], work: (env: Record<string, string>) => Promise<void>): Promise<void> {
  const name = flags.map((flag) => flag.replace('--', '')).join(', ');
  const folder = await mkdtemp(join(tmpdir(), 'madeinworld-twin-'));
  const env = { SIM_DIR: join(folder, 'sim') };
  const down = async (): Promise<void> => {
    await runOwn('sim/cli/main.ts', ['down', '--wipe'], { env });
    await rm(folder, { recursive: true, force: true });
  };
  leftovers.add(down);
  try {
    if (await counted(`twin up (${name})`, () => runOwn('sim/cli/main.ts', ['up', ...flags], { env }))) await work(env);
  } finally {
    await counted(`twin down (${name})`, () => runOwn('sim/cli/main.ts', ['down', '--wipe'], { env }));
    await down();
    leftovers.delete(down);
  }
}

const partition = ['--project=twin', 'chaos/partition'];
/** What a twin of one process a service may do otherwise, at the faults of processes, of what they reach, and of who operates them. */
const split = [
  '--project=twin',
  '--no-file-parallelism',
  ...['partition', 'processes', 'egress', 'operate'].map((test) => `chaos/${test}`),
];
const inContainers = ['--project=twin', '--no-file-parallelism', 'chaos/partition', 'chaos/containers'];

/** The image, the driver, and twins with services as processes and from the image. */
async function onDocker(): Promise<void> {
  await vitest('docker', ['--project=docker', '--no-file-parallelism'], {});
  // chaos/faults and chaos/snapshot run on such a twin too, in some fifteen minutes.
  await onTwin(['--docker'], (env) => vitest('partition, containers (docker)', inContainers, env));
  await onTwin(['--docker', '--image'], (env) => vitest('partition, containers (image)', inContainers, env));
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    print(help);
    return 0;
  }
  const strange = args.filter((arg) => arg !== '--quick' && arg !== '--full');
  if (strange.length > 0) {
    print(`npm test takes --quick and --full, not ${strange.join(' ')}`);
    return 2;
  }
  const required = (process.env['REQUIRE'] ?? '').split(',').filter((name) => name !== '');
  const unknown = required.filter((name) => !isTool(name));
  if (unknown.length > 0) {
    print(`REQUIRE names ${unknown.join(', ')}; it may name ${Object.keys(tools).join(', ')}`);
    return 2;
  }
  const there = { k6: await tools.k6.there(), browser: await tools.browser.there(), docker: await tools.docker.there() };
  const missing = required.filter(isTool).filter((name) => !there[name]);
  if (missing.length > 0) {
    for (const name of missing) print(`REQUIRE asks for ${name}: ${tools[name].advice}`);
    return 1;
  }
  const isFull = args.includes('--full');
  const effort = isFull ? { CHAOS_EFFORT: 'full' } : {};
  await vitest('tests', ['--project=unit', '--project=postgres', '--project=web'], effort);
  if (!args.includes('--quick')) {
    await onTwin(['--embedded'], async (env) => {
      await vitest('twin (embedded)', ['--project=twin', '--no-file-parallelism'], { ...env, ...effort });
      if (there.k6) await counted('k6', () => runOwn('load/main.ts', ['--duration', '5s'], { env }));
      else skip('k6', 'k6');
      if (there.browser) await counted('admin in a browser', () => runOwn('e2e/main.ts', [], { env }));
      else skip('admin in a browser', 'browser');
    });
    // As in production, where a mailed code lets no member of staff in.
    if (there.browser) {
      await onTwin(['--embedded', '--second-factor'], async (env) => {
        await counted('admin in a browser (second factor)', () => runOwn('e2e/main.ts', [], { env }));
      });
    }
    // Each service in a process of its own. All of the twin's tests pass there, in as long as on the joined one.
    await onTwin(['--embedded', '--split'], (env) => vitest('twin (split)', isFull ? split : partition, env));
    await counted('conformance', () => runOwn('sim/conformance/main.ts', there.docker ? [] : ['--embedded'], {}));
    if (there.docker) await onDocker();
    else skip('conformance on Docker, the image, and partition on Docker', 'docker');
  }
  for (const failure of failures) print(`FAIL ${failure}`);
  if (failures.length > 0) print('One file alone: npx vitest run FILE   (--project twin: on a twin that is up)');
  else if (!isFull)
    print('Next: npm test -- --full (all random histories), npm run mutants (are the tests awake?), npm run bench -- sync --help');
  print(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
  return totals.failed === 0 && totals.passed > 0 ? 0 : 1;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void interrupted(signal));
process.exit(await main(process.argv.slice(2)));
