import { spawn } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

import type { KillingTest } from './mutant.ts';

const checkReport = Compile(
  Type.Object({
    testResults: Type.Array(
      Type.Object({
        message: Type.Optional(Type.String()),
        assertionResults: Type.Array(
          Type.Object({ fullName: Type.String(), status: Type.String(), failureMessages: Type.Optional(Type.Array(Type.String())) }),
        ),
      }),
    ),
  }),
);

export interface TestOutcome {
  readonly name: string;
  readonly passed: boolean;
  readonly message: string;
}

export interface VitestRun {
  /** The tests that the names matched and that ran. */
  readonly tests: readonly TestOutcome[];
  /** What went wrong outside of tests: a file that did not load, a run that did not end. */
  readonly trouble: string | undefined;
}

export interface VitestOptions {
  readonly dir: string;
  readonly tempDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const projectOf = (file: string): string => (file.endsWith('.pg.test.ts') ? 'postgres' : 'unit');
const escaped = (name: string): string => name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** Runs the named tests in the checkout at `dir`, and nothing else. */
export async function runTests(tests: readonly KillingTest[], options: VitestOptions): Promise<VitestRun> {
  const report = join(options.tempDir, 'report.json');
  await rm(report, { force: true });
  const files = [...new Set(tests.map(({ file }) => file))];
  const args = [
    join(options.dir, 'node_modules/vitest/vitest.mjs'),
    'run',
    // A bug may make a test hang: that is told sooner than in a usual run.
    '--testTimeout=20000',
    '--hookTimeout=20000',
    ...[...new Set(files.map(projectOf))].map((project) => `--project=${project}`),
    '--reporter=json',
    `--outputFile=${report}`,
    '--testNamePattern',
    [...new Set(tests.map(({ name }) => escaped(name)))].join('|'),
    ...files,
  ];
  const { output, ended } = await runNode(args, options);
  const read = await readFile(report, 'utf8')
    .then((text) => checkReport.Parse(JSON.parse(text)))
    .catch(() => undefined);
  if (read === undefined) return { tests: [], trouble: ended === 'timeout' ? 'the tests did not end' : firstLine(output) };
  const ran = read.testResults
    .flatMap((file) => file.assertionResults)
    .filter(({ status }) => status === 'passed' || status === 'failed')
    .map(({ fullName, status, failureMessages }) => ({
      name: fullName,
      passed: status === 'passed',
      message: failureMessages?.join('\n') ?? '',
    }));
  const unloaded = read.testResults.find((file) => file.assertionResults.length === 0 && (file.message ?? '') !== '');
  return { tests: ran, trouble: unloaded?.message };
}

/** The first line that says something. */
export function firstLine(text: string): string {
  return (
    text
      .split('\n')
      .map((line) => line.trim())
      .find((line) => line !== '') ?? ''
  );
}

const LEAVE_WITHIN_MS = 15_000;

/** Runs node to its end, or to the end of its time: it is asked to stop, so that it stops its database, and is killed where it does not. */
async function runNode(args: readonly string[], options: VitestOptions): Promise<{ output: string; ended: 'exit' | 'timeout' }> {
  const child = spawn(process.execPath, args, {
    cwd: options.dir,
    env: { ...options.env, TMPDIR: options.tempDir, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C at the terminal reaches the hunt alone, which then ends its runs in order.
    detached: true,
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  let ended: 'exit' | 'timeout' = 'exit';
  let killing: NodeJS.Timeout | undefined;
  const stop = (): void => {
    ended = 'timeout';
    child.kill('SIGINT');
    killing = setTimeout(() => killGroup(child.pid), LEAVE_WITHIN_MS);
  };
  const timer = setTimeout(stop, options.timeoutMs);
  options.signal.addEventListener('abort', stop, { once: true });
  await new Promise<void>((resolve) => {
    child.on('error', () => resolve());
    child.on('close', () => resolve());
  });
  clearTimeout(timer);
  clearTimeout(killing);
  options.signal.removeEventListener('abort', stop);
  // A test that a bug has stopped may have left processes behind, which nobody else would end.
  killGroup(child.pid);
  await endDatabases(options.tempDir);
  return { output: Buffer.concat(chunks).toString(), ended };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

/** Ends the database servers that a killed run left in its folder for temporary files: the first line of postmaster.pid is the process's id. */
async function endDatabases(tempDir: string): Promise<void> {
  const folders = (await readdir(tempDir)).filter((name) => name.startsWith('madeinworld-pg-'));
  for (const folder of folders) {
    const pid = Number(firstLine(await readFile(join(tempDir, folder, 'data/postmaster.pid'), 'utf8').catch(() => '')));
    try {
      if (Number.isInteger(pid) && pid > 1) process.kill(pid, 'SIGQUIT');
    } catch {
      // Gone already.
    }
    await rm(join(tempDir, folder), { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
