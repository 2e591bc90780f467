import { rotate } from '../../rotation/rotate.ts';
import { findRotatable, rotatables, type Rotatable } from '../../rotation/rotatable.ts';
import { readSecrets } from '../../supervisor/secrets.ts';
import type { TwinPaths, TwinState } from '../../supervisor/state.ts';
import { nearest } from '../../topology/nearest.ts';
import { peerOf, type Region } from '../../topology/regions.ts';
import type { CliConfig } from '../config.ts';
import { requireTwin } from '../control-client.ts';
import { CommandFailure, UsageFailure } from '../failure.ts';
import { breakAndReport, type FaultOptions } from '../faults.ts';
import { layOut, note, print, printJson } from '../screen.ts';

interface SecretOptions extends FaultOptions {
  /** Milliseconds. */
  readonly overlap?: number;
}

/** Lets a region's store refuse to be read, until it is healed. */
export async function denySecrets(config: CliConfig, region: Region, names: readonly string[], options: SecretOptions): Promise<void> {
  if (options.overlap !== undefined) throw new UsageFailure('--overlap goes with rotate', 'npm run sim -- fault secret --help');
  const named = (): string[] => names.map((name) => secretCalled(config.paths, region, name));
  await breakAndReport(config, () => ({ kind: 'secret-deny', targets: [`${region}:secrets`], params: { names: named() } }), options);
}

/** Rotates secrets of a region, all that can be where none is named, and returns when that is done. */
export async function rotateSecrets(config: CliConfig, region: Region, names: readonly string[], options: SecretOptions): Promise<void> {
  if (options.for !== undefined)
    throw new UsageFailure('a rotation has no end: --for goes with deny', 'npm run sim -- fault secret --help');
  const { state } = await requireTwin(config.paths);
  const alone = !state.regions.includes(peerOf(region));
  const chosen = names.length > 0 ? names.map(rotatableCalled) : rotatables.filter(({ of }) => !(alone && of === 'sync-keys'));
  for (const one of chosen) requireOwn(state, region, one);
  const overlap = options.overlap === undefined ? {} : { overlapMs: options.overlap };
  const stores = { paths: config.paths, state };
  const results = await Promise.allSettled(
    chosen.map(async (one) => ({ region, secret: one.name, now: await rotate(stores, region, one, { ...overlap, note }) })),
  );
  const rotated = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  if (options.json === true) printJson(rotated);
  else if (rotated.length > 0) print(layOut(rotated.map(({ secret, now }) => [`${region} ${secret}`, now])));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** Throws where a rotation would write to what the user has attached. */
function requireOwn({ attached }: TwinState, region: Region, { name, of }: Rotatable): void {
  const written = [
    `${region}:secrets`,
    ...(of === 'database' ? [`${region}:postgres`] : []),
    ...(of === 'sync-keys' ? [`${peerOf(region)}:secrets`] : []),
  ];
  const foreign = written.find((component) => attached[component] !== undefined);
  if (foreign !== undefined)
    throw new CommandFailure(`${name} of ${region} is not the twin's to rotate: ${foreign} is attached`, 'Rotate it where it is kept.');
}

function rotatableCalled(name: string): Rotatable {
  try {
    return findRotatable(name);
  } catch (error) {
    throw new UsageFailure(error instanceof Error ? error.message : String(error), 'npm run sim -- fault secret --help');
  }
}

function secretCalled(paths: TwinPaths, region: Region, name: string): string {
  const known = Object.keys(readSecrets(paths, region));
  const found = [name, `madeinworld/${name}`].find((candidate) => known.includes(candidate));
  if (found !== undefined) return found;
  const meant = nearest(name, [...known, ...known.map((one) => one.replace('madeinworld/', ''))]);
  const hint = meant === undefined ? `there are ${known.join(', ')}` : `did you mean ${meant}?`;
  throw new UsageFailure(`${region} has no secret called ${name}; ${hint}`, 'npm run sim -- fault secret --help');
}
