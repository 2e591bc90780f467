import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';

const Target = Type.Object({
  adminUrl: Type.String(),
  mailUrl: Type.String(),
  apiUrls: Type.Object({ world: Type.String(), china: Type.String() }),
  staffAddress: Type.String(),
  /** A role of staff counts with a second factor only. */
  secondFactor: Type.Boolean(),
  browserPath: Type.String(),
});

/** What the tests run against: a twin's public surface, and the browser. */
export type Target = Static<typeof Target>;
export type Region = keyof Target['apiUrls'];

const file = fileURLToPath(new URL('../.cache/e2e/target.json', import.meta.url));

/** Hands the target to Playwright's processes. */
export function writeTarget(target: Target): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(target, null, 2));
}

/** The target of this run. Throws when the tests were not started by `npm run e2e`. */
export function readTarget(): Target {
  const text = readText();
  return Value.Parse(Target, JSON.parse(text));
}

function readText(): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error('Nothing says which twin to test: start the tests by `npm run e2e`', { cause });
  }
}
