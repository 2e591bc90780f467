import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { Type } from 'typebox';
import { Value } from 'typebox/value';

const run = promisify(execFile);
const cli = fileURLToPath(new URL('../sim/cli/main.ts', import.meta.url));

const Status = Type.Object({
  regions: Type.Object({ world: Type.Object({ gatewayUrl: Type.String() }), china: Type.Object({ gatewayUrl: Type.String() }) }),
  components: Type.Object({ mail: Type.Object({ url: Type.String() }) }),
});

/** Where a twin can be reached. */
export interface Target {
  readonly apiUrls: { readonly world: string; readonly china: string };
  readonly mailUrl: string;
}

/** Something that keeps the test from starting; the message says what to do. */
export class NotReady extends Error {}

/** The running twin's addresses, as `sim status --json` tells them. Throws `NotReady`. */
export async function findTarget(): Promise<Target> {
  const { stdout } = await run(process.execPath, [cli, 'status', '--json'], { maxBuffer: 16 * 1024 * 1024 }).catch((cause: Error) => {
    throw new NotReady('No twin is up. Start it with:\n  npm run sim:up', { cause });
  });
  const status: unknown = JSON.parse(stdout);
  if (!Value.Check(Status, status))
    throw new NotReady('The twin is not whole: it lacks a front or the mail sink. See\n  npm run sim:status');
  const { world, china } = status.regions;
  const target = { apiUrls: { world: world.gatewayUrl, china: china.gatewayUrl }, mailUrl: status.components.mail.url };
  for (const url of [target.apiUrls.world, target.apiUrls.china, target.mailUrl]) requireLoopback(url);
  return target;
}

/** Throws `NotReady` for an address beyond this machine: a load test is aimed at nothing else. */
export function requireLoopback(url: string): void {
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  if (['127.0.0.1', 'localhost', '[::1]'].includes(host)) return;
  throw new NotReady(`This load test runs against a twin on this machine only, not against ${url}`);
}
