import { setTimeout as sleep } from 'node:timers/promises';
import pc from 'picocolors';
import { Value } from 'typebox/value';
import { showDuration } from '../../faults/quantities.ts';
import { Loaded } from '../../snapshot/faults.ts';
import { Manifest } from '../../snapshot/manifest.ts';
import { checkName, SnapshotNameError } from '../../snapshot/names.ts';
import { findSnapshot, listSnapshots, removeSnapshot, type FoundSnapshot } from '../../snapshot/store.ts';
import type { Region } from '../../topology/regions.ts';
import type { CliConfig } from '../config.ts';
import { askSupervisor, fetchState, requireTwin } from '../control-client.ts';
import { CommandFailure, UsageFailure } from '../failure.ts';
import { layOut, note, print, printJson } from '../screen.ts';

interface SaveOptions {
  readonly note?: string;
  readonly replace?: true;
  readonly json?: true;
}

export async function save(config: CliConfig, name: string, options: SaveOptions): Promise<void> {
  await named(async () => checkName(name));
  const startedMs = performance.now();
  const request = { name, note: options.note ?? null, replace: options.replace === true };
  const manifest = Value.Parse(Manifest, await ask(config, '/snapshots/save', request, options.json === true));
  const tookMs = Math.round(performance.now() - startedMs);
  const bytes = bytesOf(manifest);
  if (options.json === true) return printJson({ ...manifest, bytes, tookMs });
  print(
    `${name} is saved: ${showBytes(bytes)} in ${showDuration(tookMs)}, of which nothing was served for ${showDuration(manifest.frozenMs)}.`,
  );
  print(
    `\n  npm run sim -- snapshot load ${name}             puts this twin back\n  npm run sim:up -- ${manifest.mode === 'docker' ? '--docker ' : ''}--fresh --snapshot ${name}     starts one from it`,
  );
}

interface LoadOptions {
  readonly region?: Region;
  readonly only?: 'database';
  readonly json?: true;
}

export async function load(config: CliConfig, name: string, options: LoadOptions): Promise<void> {
  if ((options.only === undefined) !== (options.region === undefined)) {
    throw new UsageFailure(
      '--region and --only go together: both regions are put back at once, or the database of one',
      `npm run sim -- snapshot load ${name} --region world --only database`,
    );
  }
  await requireSnapshot(name);
  const startedMs = performance.now();
  const { region } = options;
  const request = { name, ...(region === undefined ? {} : { region }) };
  const { manifest, ...faults } = Value.Parse(Loaded, await ask(config, '/snapshots/load', request, options.json === true));
  const tookMs = Math.round(performance.now() - startedMs);
  if (options.json === true) return printJson({ ...manifest, bytes: bytesOf(manifest), tookMs, ...faults });
  if (region === undefined) {
    print(`The twin is as it was at ${manifest.at}, after ${showDuration(tookMs)}.`);
    const others = manifest.faults.filter(({ kind }) => kind !== 'clock');
    for (const { target, summary } of others) print(`  ${target} was broken then (${summary}); it is left as it is now`);
    for (const { id, target, summary } of faults.clocks) print(`  ${target}: ${summary}, as it was then (${id})`);
    return;
  }
  print(
    `${region}'s database is that of ${manifest.at}, after ${showDuration(tookMs)}; everything else ran on. What an operator does then:`,
  );
  print(
    `\n  echo "SELECT sync.set_node('${region}', incarnation + 1) FROM sync.node" | npm run sim -- psql ${region} --role migrator\n  npm run sync -- reconcile --region ${region} --fill\n`,
  );
  print('docs/operations.md, "When a region lost something", tells why.');
}

export async function list(options: { readonly json?: true }): Promise<void> {
  const found = listSnapshots();
  if (options.json === true) {
    return printJson(found.map((one) => ('manifest' in one ? { ...one.manifest, bytes: bytesOf(one.manifest) } : one)));
  }
  if (found.length === 0) return print('There is no snapshot. Save one with:\n  npm run sim -- snapshot save NAME');
  print(
    layOut(
      found.map((one) => {
        if (!('manifest' in one)) return [one.name, pc.red(one.damage)];
        const { manifest } = one;
        return [
          one.name,
          manifest.at.slice(0, 19).replace('T', ' '),
          manifest.mode,
          showBytes(bytesOf(manifest)),
          pc.dim(manifest.note ?? ''),
        ];
      }),
    ),
  );
}

export async function remove(name: string, options: { readonly json?: true }): Promise<void> {
  await named(() => removeSnapshot(name));
  if (options.json === true) printJson({ removed: name });
  else print(`${name} is removed.`);
}

/** The snapshot of a name. Throws UsageFailure where there is none, CommandFailure where it cannot be used. */
export async function requireSnapshot(name: string): Promise<FoundSnapshot> {
  return named(async () => findSnapshot(name));
}

async function named<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SnapshotNameError) throw new UsageFailure(error.message, 'npm run sim -- snapshot list');
    throw new CommandFailure(error instanceof Error ? error.message : String(error));
  }
}

const pollMs = 100;

/** Has the supervisor do it, and shows how far it is. */
async function ask(config: CliConfig, path: string, request: object, quiet: boolean): Promise<unknown> {
  const { supervisor } = await requireTwin(config.paths);
  const ended = new AbortController();
  const watching = quiet ? Promise.resolve() : watch(() => fetchState(supervisor), ended.signal);
  try {
    return await askSupervisor(supervisor, 'POST', path, request);
  } finally {
    ended.abort();
    await watching;
  }
}

async function watch(fetchProgress: () => Promise<{ readonly progress: readonly string[] }>, ended: AbortSignal): Promise<void> {
  let shown: number | undefined;
  for (;;) {
    const over = ended.aborted;
    const { progress } = await fetchProgress().catch(() => ({ progress: [] }));
    // What is there at first may be of something earlier; it is taken away when this begins.
    if (shown === undefined || progress.length < shown) shown = shown === undefined ? progress.length : 0;
    for (const text of progress.slice(shown)) note(`  ${text}`);
    shown = progress.length;
    if (over) return;
    await sleep(pollMs, undefined, { signal: ended }).catch(() => undefined);
  }
}

function bytesOf({ parts }: Manifest): number {
  return Object.values(parts).reduce((sum, { bytes }) => sum + bytes, 0);
}

function showBytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
