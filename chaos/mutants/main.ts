import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { copyCheckout, removeCopies } from './checkout-copy.ts';
import { checkUnpatched, hunt, type HuntOptions } from './hunt.ts';
import type { Hunted, Mutant } from './mutant.ts';
import { mutants } from './table/index.ts';

const help = `npm run mutants [-- options]

Plants each bug of the table in a copy of this checkout, one at a time, runs the test that must notice it, and prints what became of it:
KILLED (the test failed), ALIVE (it passed) or ERROR (the patch does not fit, or the test did not run). The tests must pass without the bugs first.

  --only TEXT   bugs whose id, guarded rule or file contains TEXT; may be given several times; "I7" means I7 alone
  --list        print the table, run nothing
  --json        print the result as JSON
  --jobs N      this many at once (default 1); each starts a PostgreSQL
  --no-check    do not run the tests without bugs first

Exit codes: 0 all killed, 1 one is alive or in error, 2 usage, 3 a test fails without any bug, 130 interrupted.
`;

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const note = (line: string): void => void process.stderr.write(`${line}\n`);

function isMeant(mutant: Mutant, wanted: readonly string[]): boolean {
  return (
    wanted.length === 0 ||
    wanted.some((text) => mutant.id.includes(text) || mutant.guards.includes(text) || (text.includes('/') && mutant.file.includes(text)))
  );
}

function lineOf({ mutant, verdict, seconds, detail }: Hunted): string {
  const tail = verdict === 'KILLED' ? `${mutant.killedBy.file}: ${mutant.killedBy.name}` : detail;
  return `${verdict.padEnd(6)} ${seconds.toFixed(1).padStart(6)} s  ${mutant.id.padEnd(34)} ${mutant.guards.join(', ').padEnd(14)} ${mutant.bug}  [${tail.slice(0, 160)}]`;
}

function list(chosen: readonly Mutant[]): number {
  for (const { id, guards, bug, file, killedBy } of chosen)
    print(`${id.padEnd(34)} ${guards.join(', ').padEnd(14)} ${bug}  [${file} | ${killedBy.name}]`);
  print(`${chosen.length} planted bugs`);
  return 0;
}

async function run(chosen: readonly Mutant[], options: { json: boolean; jobs: number; check: boolean }): Promise<number> {
  const checkout = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  const folder = await mkdtemp(join(tmpdir(), 'madeinworld-mutants-'));
  // As root, PostgreSQL runs as somebody else, who must be able to pass through: else its files would be kept elsewhere, and stay.
  await chmod(folder, 0o711);
  const stopping = new AbortController();
  const interrupted = (): void => stopping.abort();
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  try {
    const lanes = Array.from({ length: Math.min(options.jobs, chosen.length) }, (_, lane) => join(folder, String(lane)));
    let done = 0;
    const huntOptions: HuntOptions = {
      copies: await Promise.all(lanes.map((lane) => copyCheckout(checkout, lane))),
      // Every test of the table is run, also those that `npm test` leaves to CI.
      env: { CHAOS_EFFORT: 'full', ...process.env },
      signal: stopping.signal,
      onDone(hunted) {
        done += 1;
        note(`${String(done).padStart(3)}/${chosen.length} ${lineOf(hunted)}`);
      },
    };
    if (options.check) {
      note('the tests, without any bug');
      const complaints = await checkUnpatched(chosen, huntOptions);
      for (const complaint of complaints) note(`FAIL ${complaint}`);
      if (complaints.length > 0 && !stopping.signal.aborted) return 3;
    }
    const hunted = await hunt(chosen, huntOptions);
    if (options.json)
      print(
        JSON.stringify(
          hunted.map(({ mutant, ...rest }) => ({ ...mutant, ...rest })),
          null,
          2,
        ),
      );
    else for (const one of hunted) print(lineOf(one));
    const killed = hunted.filter(({ verdict }) => verdict === 'KILLED').length;
    note(`${killed} of ${chosen.length} killed`);
    if (stopping.signal.aborted) return 130;
    return killed === chosen.length ? 0 : 1;
  } finally {
    await removeCopies(folder);
  }
}

async function main(args: readonly string[]): Promise<number> {
  const parsed = (() => {
    try {
      return parseArgs({
        args: [...args],
        options: {
          only: { type: 'string', multiple: true, default: [] },
          list: { type: 'boolean', default: false },
          json: { type: 'boolean', default: false },
          jobs: { type: 'string', default: '1' },
          'no-check': { type: 'boolean', default: false },
          help: { type: 'boolean', short: 'h', default: false },
        },
      }).values;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  })();
  if (typeof parsed === 'string') {
    note(`${parsed}\n`);
    process.stderr.write(help);
    return 2;
  }
  if (parsed.help) {
    process.stdout.write(help);
    return 0;
  }
  const jobs = Number(parsed.jobs);
  const chosen = mutants.filter((mutant) => isMeant(mutant, parsed.only));
  if (!Number.isInteger(jobs) || jobs < 1 || jobs > 16 || chosen.length === 0) {
    note(chosen.length === 0 ? `nothing in the table is called ${parsed.only.join(' or ')}\n` : '--jobs is a number from 1 to 16\n');
    process.stderr.write(help);
    return 2;
  }
  if (parsed.list) return list(chosen);
  return run(chosen, { json: parsed.json, jobs, check: !parsed['no-check'] });
}

process.exitCode = await main(process.argv.slice(2));
