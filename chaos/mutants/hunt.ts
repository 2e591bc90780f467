import type { CheckoutCopy } from './checkout-copy.ts';
import type { Hunted, KillingTest, Mutant, Verdict } from './mutant.ts';
import { firstLine, runTests, type VitestRun } from './vitest.ts';

const RUN_TIMEOUT_MS = 300_000;

export interface HuntOptions {
  readonly copies: readonly CheckoutCopy[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly onDone: (hunted: Hunted) => void;
}

const runIn = (copy: CheckoutCopy, tests: readonly KillingTest[], options: HuntOptions): Promise<VitestRun> =>
  runTests(tests, { dir: copy.dir, tempDir: copy.tempDir, env: options.env, timeoutMs: RUN_TIMEOUT_MS, signal: options.signal });

/** Runs the killing tests without any bug. Answers what is wrong with them: a test that fails anyway kills nothing. */
export async function checkUnpatched(mutants: readonly Mutant[], options: HuntOptions): Promise<string[]> {
  const [copy] = options.copies;
  if (copy === undefined) return [];
  const byFile = Map.groupBy(
    mutants.map(({ killedBy }) => killedBy),
    ({ file }) => file,
  );
  const complaints: string[] = [];
  for (const [file, tests] of byFile) {
    if (options.signal.aborted) break;
    const run = await runIn(copy, tests, options);
    if (run.trouble !== undefined) complaints.push(`${file}: ${firstLine(run.trouble)}`);
    for (const { name, message } of run.tests.filter(({ passed }) => !passed)) complaints.push(`${file}: ${name}: ${firstLine(message)}`);
    for (const name of new Set(tests.map((test) => test.name))) {
      if (!run.tests.some((test) => test.name.includes(name))) complaints.push(`${file}: no test is called "${name}"`);
    }
  }
  return complaints;
}

/** A bug that keeps the code from being read at all is not the bug that was meant: the test then fails for another reason. */
const unreadable =
  /SyntaxError|Transform failed|Parse failure|syntax error at|Cannot find (module|package)|template part|does not provide an export/;

function judge({ tests, trouble }: VitestRun, name: string): { verdict: Verdict; detail: string } {
  const named = tests.filter((test) => test.name.includes(name));
  const failed = named.find(({ passed }) => !passed);
  const said = trouble ?? failed?.message ?? '';
  if (unreadable.test(said)) return { verdict: 'ERROR', detail: `the patched code cannot be read: ${firstLine(said)}` };
  if (failed !== undefined) return { verdict: 'KILLED', detail: firstLine(failed.message) };
  if (named.length > 0) return { verdict: 'ALIVE', detail: 'the test passes' };
  return { verdict: 'ERROR', detail: firstLine(said) || `no test is called "${name}"` };
}

async function huntOne(mutant: Mutant, copy: CheckoutCopy, options: HuntOptions): Promise<Hunted> {
  const start = performance.now();
  const { verdict, detail } = await copy
    .withBug(mutant, async () => judge(await runIn(copy, [mutant.killedBy], options), mutant.killedBy.name))
    .catch((error: unknown) => ({ verdict: 'ERROR' as const, detail: error instanceof Error ? error.message : String(error) }));
  return { mutant, verdict, detail, seconds: (performance.now() - start) / 1000 };
}

/** Plants each bug in turn, in as many copies as there are at once. Answers in the order of the table; what was interrupted is left out. */
export async function hunt(mutants: readonly Mutant[], options: HuntOptions): Promise<Hunted[]> {
  const waiting = mutants.map((mutant, index) => ({ mutant, index }));
  const done: Hunted[] = [];
  await Promise.all(
    options.copies.map(async (copy) => {
      for (let next = waiting.shift(); next !== undefined && !options.signal.aborted; next = waiting.shift()) {
        const hunted = await huntOne(next.mutant, copy, options);
        if (options.signal.aborted) return;
        done[next.index] = hunted;
        options.onDone(hunted);
      }
    }),
  );
  return done.filter((hunted) => hunted !== undefined);
}
