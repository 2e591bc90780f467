import { existsSync, readdirSync, statSync } from 'node:fs';
import type { TwinPaths } from '../supervisor/state.ts';
import { CommandFailure } from './failure.ts';

/** Whether something stands where the twin's folder has to be that is no folder. */
export function isObstructed({ simDir }: TwinPaths): boolean {
  return statSync(simDir, { throwIfNoEntry: false })?.isDirectory() === false;
}

/** Whether the folder is a twin's; false where there is none. Throws CommandFailure for one with something else in it: it is nobody's to remove. */
export function holdsTwin(paths: TwinPaths): boolean {
  if (!existsSync(paths.simDir)) return false;
  if ([paths.state, paths.secretsDir, paths.logs].some((path) => existsSync(path)) || readdirSync(paths.simDir).length === 0) return true;
  throw new CommandFailure(
    `${paths.simDir} holds no twin, so nothing in it is removed`,
    'Name the folder of a twin in SIM_DIR, or none for that of this checkout.',
  );
}

/** Throws CommandFailure where the twin can have no folder. */
export function requireFolder(paths: TwinPaths): void {
  if (!isObstructed(paths)) return;
  throw new CommandFailure(
    `${paths.simDir} is a file, and the twin keeps its data in a folder of that name`,
    'Move it away, or name another folder in SIM_DIR.',
  );
}
