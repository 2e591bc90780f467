import { existsSync } from 'node:fs';
import { readAttachments, type Attachments } from '../../attach/attachments.ts';
import type { TwinPaths, TwinState } from '../../supervisor/state.ts';
import type { CliConfig } from '../config.ts';
import { CommandFailure, UsageFailure } from '../failure.ts';

export interface UpOptions {
  readonly docker?: true;
  readonly embedded?: true;
  readonly region?: 'world';
  readonly split?: true;
  readonly image?: true;
  readonly secondFactor?: true;
  /** False for `--no-watch`. */
  readonly watch?: boolean;
  readonly fresh?: true;
  readonly snapshot?: string;
  readonly foreground?: true;
  readonly json?: true;
}

/** Options that a twin has from its start or not at all, and how each is written. */
const lasting = [
  ['image', 'image'],
  ['split', 'split'],
  ['secondFactor', 'second-factor'],
] as const;
const flags = [['docker', 'docker'], ['embedded', 'embedded'], ...lasting, ['fresh', 'fresh'], ['foreground', 'foreground']] as const;

/** The command that asks for the same once more. */
export function upAgain(options: UpOptions): string {
  const given = [
    ...flags.filter(([option]) => options[option] === true).map(([, flag]) => `--${flag}`),
    ...(options.region === undefined ? [] : [`--region ${options.region}`]),
    ...(options.watch === false ? ['--no-watch'] : []),
    ...(options.snapshot === undefined ? [] : [`--snapshot ${options.snapshot}`]),
  ];
  return `npm run sim:up${given.length === 0 ? '' : ` -- ${given.join(' ')}`}`;
}

/** Throws UsageFailure for an option that npm has kept to itself (`npm run sim:up --docker`): another twin than was asked for would come up. */
export function requireOwnOptions({ environment }: CliConfig, options: UpOptions): void {
  const taken = flags.filter(
    ([option, flag]) => environment[`npm_config_${flag.replace('-', '_')}`] === 'true' && options[option] !== true,
  );
  if (taken.length === 0) return;
  const meant = taken.map(([, flag]) => `--${flag}`).join(' ');
  throw new UsageFailure(`npm took ${meant} for an option of its own`, `npm run sim:up -- ${meant}`);
}

/** What the environment attaches. Throws UsageFailure where that cannot be. */
export function attachmentsOf({ environment }: CliConfig, options: UpOptions): Attachments {
  try {
    const attachments = readAttachments(environment);
    if (attachments.size > 0 && options.image === true) {
      throw new RangeError('--image and attached components do not go together: containers would reach them past the links');
    }
    return attachments;
  } catch (error) {
    throw new UsageFailure(error instanceof Error ? error.message : String(error), 'docs/twin.md says what can be attached, and how');
  }
}

/** Throws where the snapshot is none for this start, before anything is thrown away. */
export async function requireStartable(paths: TwinPaths, name: string, mode: string, options: UpOptions): Promise<void> {
  const { manifest } = await (await import('./snapshot.ts')).requireSnapshot(name);
  if (manifest.mode !== mode) {
    const flag = manifest.mode === 'docker' ? '--docker' : '--embedded';
    throw new CommandFailure(
      `the snapshot ${name} was saved from a twin that was ${manifest.mode}`,
      `npm run sim:up -- ${flag} --fresh --snapshot ${name}`,
    );
  }
  if (options.fresh !== true && existsSync(paths.secretsDir)) {
    throw new CommandFailure(
      'the twin has data already',
      `npm run sim:up -- --fresh --snapshot ${name}   throws it away first\nnpm run sim -- snapshot load ${name}       replaces that of a twin that is up`,
    );
  }
}

/** Throws CommandFailure where a twin that is up is laid out in another way than is asked for. */
export function requireSame(state: TwinState, options: UpOptions, attachments: Attachments): void {
  const other = [...attachments.values()].find(({ component, shown }) => state.attached[component] !== shown);
  if (other !== undefined) {
    throw new CommandFailure(
      `the twin is up already, without ${other.component} from ${other.shown}`,
      'npm run sim:down && npm run sim:up',
    );
  }
  for (const [option, flag] of lasting) {
    if (options[option] !== true || state[option]) continue;
    const mode = state.mode === 'docker' ? ' --docker' : '';
    throw new CommandFailure(`the twin is up already, without --${flag}`, `npm run sim:down && npm run sim:up --${mode} --${flag}`);
  }
}

/** What the supervisor is told of the options. */
export function optionsOf(mode: string, options: UpOptions): string[] {
  return [
    ['--mode', mode],
    options.region === undefined ? [] : ['--region', options.region],
    options.split === true ? ['--split'] : [],
    options.image === true ? ['--image'] : [],
    options.secondFactor === true ? ['--second-factor'] : [],
    options.watch === false ? ['--no-watch'] : [],
  ].flat();
}
