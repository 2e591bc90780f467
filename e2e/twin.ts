import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';

const run = promisify(execFile);
const checkout = fileURLToPath(new URL('..', import.meta.url));
const cli = fileURLToPath(new URL('../sim/cli/main.ts', import.meta.url));

const buildTimeoutMs = 60_000;

const Nullable = Type.Union([Type.String(), Type.Null()]);
const Status = Type.Object({
  adminPanel: Type.String(),
  secondFactor: Type.Boolean(),
  regions: Type.Record(Type.String(), Type.Object({ gatewayUrl: Nullable })),
  components: Type.Record(Type.String(), Type.Object({ url: Type.Optional(Nullable), state: Type.String() })),
  links: Type.Record(Type.String(), Type.Object({ state: Type.String() })),
});
export type Status = Static<typeof Status>;

/** What `sim status --json` says; nothing when no twin is up. */
async function twinStatus(): Promise<Status | undefined> {
  try {
    const { stdout } = await sim('status', '--json');
    const status: unknown = JSON.parse(stdout);
    return Value.Check(Status, status) ? status : undefined;
  } catch {
    return undefined;
  }
}

/** As `twinStatus`, after the panel was built: `sim up` returns before that. */
export async function twinStatusWithPanel(): Promise<Status | undefined> {
  const giveUpAtMs = performance.now() + buildTimeoutMs;
  let status = await twinStatus();
  while (status !== undefined && ['waiting', 'building'].includes(status.adminPanel) && performance.now() < giveUpAtMs) {
    await sleep(500);
    status = await twinStatus();
  }
  return status;
}

/** Cuts both ways across the border. */
export async function cutBorder(): Promise<void> {
  await sim('fault', 'cut', 'border');
}

/** Mends both ways across the border. */
export async function healBorder(): Promise<void> {
  await sim('fault', 'heal', 'border');
}

async function sim(...args: readonly string[]): Promise<{ readonly stdout: string }> {
  return run(process.execPath, [cli, ...args], { cwd: checkout, maxBuffer: 16 * 1_024 * 1_024 });
}
