import { drivers, type Driver } from '../behaviours/behaviour.ts';

/** How the command tells the tests' processes which run they belong to. */
export const driverVariable = 'CONFORMANCE_DRIVER';
export const folderVariable = 'CONFORMANCE_FOLDER';

export interface ConformanceConfig {
  readonly driver: Driver;
  /** Undefined where no command owns the run: `vitest --project conformance` by hand. */
  readonly folder: string | undefined;
}

/** Reads which run this is; embedded, where nothing is said. Throws RangeError for a driver that does not exist. */
export function readConformanceConfig(env: NodeJS.ProcessEnv = process.env): ConformanceConfig {
  const name = env[driverVariable] ?? 'embedded';
  const driver = drivers.find((candidate) => candidate === name);
  if (driver === undefined) throw new RangeError(`${driverVariable} must be ${drivers.join(' or ')}, not ${name}`);
  return { driver, folder: env[folderVariable] };
}
