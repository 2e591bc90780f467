import { cpus } from 'node:os';
import { parseArgs } from 'node:util';

import type { BenchCase, Figure } from './case.ts';
import { cases } from './registry.ts';
import { jsonOf, tableOf } from './report.ts';
import { startRig } from './rig/rig.ts';
import { prepareRows } from './rows.ts';

const ROWS = 200_000;
const QUICK_ROWS = 20_000;
const REPEAT = 3;
const OVERWRITE = '\r\u001b[K';

const help = `npm run bench -- sync [CASE...] [--rows N] [--repeat N] [--quick] [--json]

Our sync beside PostgreSQL's logical replication: the same two servers, the same rows, the same links, in one run.

  --rows N     changed rows of the main cases (default ${ROWS})
  --repeat N   how often each contender is measured, in turn (default ${REPEAT}); a figure is the median
  --quick      a tenth of the rows, once: does everything work?
  --json       the figures as JSON, on stdout; progress stays on stderr

Cases (all, where none is named):
${cases.map(({ name, what }) => `  ${name.padEnd(12)} ${what}`).join('\n')}`;

interface Options {
  readonly chosen: readonly BenchCase[];
  readonly rows: number;
  readonly repeat: number;
  readonly quick: boolean;
  readonly json: boolean;
}

function wholeNumber(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^[1-9]\d{0,7}$/.test(text)) throw new Error(`--${name} takes a whole number above 0, not ${text}`);
  return Number(text);
}

function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { rows: { type: 'string' }, repeat: { type: 'string' }, quick: { type: 'boolean' }, json: { type: 'boolean' } },
  });
  const unknown = positionals.filter((name) => !cases.some((known) => known.name === name));
  if (unknown.length > 0)
    throw new Error(`there is no case called ${unknown.join(', ')}; there are ${cases.map(({ name }) => name).join(', ')}`);
  const quick = values.quick === true;
  return {
    chosen: cases.filter(({ name }) => positionals.length === 0 || positionals.includes(name)),
    rows: wholeNumber('rows', values.rows, quick ? QUICK_ROWS : ROWS),
    repeat: wholeNumber('repeat', values.repeat, quick ? 1 : REPEAT),
    quick,
    json: values.json === true,
  };
}

/** Shows one line that is written over by the next, on a terminal; elsewhere a line now and then. */
function showProgress(): (line: string) => void {
  if (process.stderr.isTTY) return (line) => void process.stderr.write(`${OVERWRITE}${line}`);
  let shownMs = -Infinity;
  return (line) => {
    if (performance.now() - shownMs < 2_000) return;
    shownMs = performance.now();
    process.stderr.write(`${line}\n`);
  };
}

/** Runs the chosen cases one after the other; `figures` gets those of each as it ends. */
async function run(options: Options, env: NodeJS.ProcessEnv, signal: AbortSignal, figures: Figure[]): Promise<void> {
  const progress = showProgress();
  progress('starting two regions');
  const rig = await startRig(env);
  try {
    signal.throwIfAborted();
    progress('making rows');
    const rows = await prepareRows(rig);
    for (const { name, run: runCase } of options.chosen) {
      signal.throwIfAborted();
      const context = { rig, rows, count: options.rows, repeat: options.repeat, quick: options.quick, signal };
      figures.push(...(await runCase({ ...context, progress: (line) => progress(`${name}: ${line}`) })));
    }
    process.stderr.write(
      `${process.stderr.isTTY ? OVERWRITE : ''}rows of ${await rows.bytesARow()} bytes, from ${rows.source}; borders by ${rig.border.kind}; ` +
        `${cpus().length} cores; medians of ${options.repeat}\n`,
    );
  } finally {
    await rig.stop();
  }
}

/** Runs the chosen cases and prints their figures. `env` is the environment that the processes get what they need from. */
export async function benchSync(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) return void process.stdout.write(`${help}\n`);
  const options = readOptions(args);
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort(new Error('interrupted'));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const figures: Figure[] = [];
  try {
    await run(options, env, interrupted.signal, figures);
  } finally {
    // A case that fails, or an interruption, takes nothing away from what was measured before.
    if (figures.length > 0) process.stdout.write(options.json ? `${jsonOf(figures)}\n` : `${tableOf(figures).join('\n')}\n`);
  }
}
