import { statSync } from 'node:fs';
import type { TwinPaths } from '../supervisor/state.ts';
import { CommandFailure } from './failure.ts';

/** Whether something stands where the twin's folder has to be that is no folder. */
export function isObstructed({ simDir }: TwinPaths): boolean {
  return statSync(simDir, { throwIfNoEntry: false })?.isDirectory() === false;
}

/** Throws CommandFailure where the twin can have no folder. */
export function requireFolder(paths: TwinPaths): void {
  if (!isObstructed(paths)) return;
  throw new CommandFailure(
    `${paths.simDir} is a file, and the twin keeps its data in a folder of that name`,
    'Move it away, or name another folder in SIM_DIR.',
  );
}
