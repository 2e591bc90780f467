import { join, resolve } from 'node:path';
import { checkoutDir } from '../paths.ts';
import { twinPaths, type TwinPaths } from '../supervisor/state.ts';

/** What the command line takes from its surroundings. */
export interface CliConfig {
  readonly paths: TwinPaths;
  readonly environment: NodeJS.ProcessEnv;
  readonly interactive: boolean;
}

/** The state lies in `.sim` of the checkout, or in the folder that SIM_DIR names. */
export function readConfig(): CliConfig {
  const named = process.env['SIM_DIR'];
  const simDir = named === undefined || named === '' ? join(checkoutDir, '.sim') : resolve(named);
  return { paths: twinPaths(simDir), environment: process.env, interactive: process.stderr.isTTY };
}
