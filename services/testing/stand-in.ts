import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { Type } from 'typebox';
import { Value } from 'typebox/value';

const Line = Type.Object({ event: Type.String(), name: Type.Optional(Type.String()), url: Type.Optional(Type.String()) });

export const standInCredentials = { accessKeyId: 'TESTKEY', secretAccessKey: 'test-secret-access-key' };

/** A stand-in as a process of its own: our clients meet it on the wire alone, and share no code with it. */
export interface StandIn {
  /** The URL of a component that it announced; throws for another. */
  urlOf(component: string): string;
  /** Replaces its secrets, as a rotation would. */
  rotate(secrets: Readonly<Record<string, string>>): Promise<void>;
  stop(): Promise<void>;
}

/** What a cloud is started with. */
const ofClouds = (secretsFile: string): string[] => ['--secrets-file', secretsFile, '--sweep-interval', '0'];

/** Starts `sim/standins/<name>` with a secrets file of the test's own; resolves when it is ready, rejects when it ends before. */
export async function startStandIn(
  name: 'world-cloud' | 'china-cloud' | 'mail',
  secrets: Readonly<Record<string, string>> = {},
  argumentsOf: (secretsFile: string, folder: string) => readonly string[] = ofClouds,
): Promise<StandIn> {
  const folder = await mkdtemp(join(tmpdir(), 'madeinworld-stand-in-'));
  const secretsFile = join(folder, 'secrets.json');
  const rotate = (values: Readonly<Record<string, string>>): Promise<void> =>
    writeFile(secretsFile, JSON.stringify({ __credentials: standInCredentials, ...values }), { mode: 0o600 });
  await rotate(secrets);
  const main = join(import.meta.dirname, `../../sim/standins/${name}/main.ts`);
  const child = spawn(process.execPath, [main, ...argumentsOf(secretsFile, folder)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const urls = new Map<string, string>();
  const ready = (async () => {
    for await (const text of createInterface(child.stdout)) {
      const line: unknown = JSON.parse(text);
      if (!Value.Check(Line, line)) continue;
      if (line.event === 'listening' && line.name !== undefined && line.url !== undefined) urls.set(line.name, line.url);
      if (line.event === 'ready') return;
    }
  })();
  await Promise.race([
    ready,
    ended.then(() => {
      throw new Error(`${name} ended with code ${child.exitCode}`);
    }),
  ]);
  child.stdout.resume();
  return {
    urlOf(component) {
      const url = urls.get(component);
      if (url === undefined) throw new Error(`${name} announced no ${component}`);
      return url;
    },
    rotate,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
