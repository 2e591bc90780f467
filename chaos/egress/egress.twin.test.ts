/**
 * Goal: no service process of the twin and no payment sandbox reaches anything but this machine, and one that tries says so, with the line of code.
 * Method: on a twin that is up and watches, append a connection outwards to the file with which all of them begin, as a mistake in the code would, and let it be
 * served. Each process must deny it in its own log. The same where the service needs the answer to start: it must not, and status must say why. The file is put back
 * byte for byte; every twin that watches this checkout serves the changes, so files of twin tests run one at a time.
 */
import { afterEach, expect, test } from 'vitest';

import { processesOf, reloadBy } from '../twin/reloads.ts';
import { openSourceFile } from '../twin/source-file.ts';
import { openTwin } from '../twin/twin.ts';

const twin = openTwin(process.env['SIM_DIR']);
const path = 'main.ts';
const source = openSourceFile(path);
const sandboxPath = 'order/payments/sandbox/main.ts';
const sandbox = openSourceFile(sandboxPath);
const PATIENT = { timeout: 60_000, interval: 500 };
const LONG = 300_000;

afterEach(async () => {
  source.putBack();
  await expect.poll(async () => (await twin.status()).reload?.state, PATIENT).not.toBe('reloading');
}, LONG);

/** What a process was denied, as its log tells it. */
async function denials(name: string): Promise<{ target: string; pid: number; callSite: string }[]> {
  const lines = (await twin.sim('logs', name, '--lines', '300')).split('\n').filter((line) => line.includes('"EGRESS_DENIED"'));
  return lines.map((line) => JSON.parse(line));
}

test(
  'every service process is denied what lies outside, and its log names the target and the line',
  async () => {
    let line = 0;
    const needed = "await import('node:dns/promises').then(({ lookup }) => lookup('db.example.com'));\n";
    const refused = await reloadBy(twin, () => (line = source.append(needed)));
    const why = new RegExp(`services/${path}:${line}:[^]*EGRESS_DENIED[^]*db\\.example\\.com`);
    expect(refused).toMatchObject({ state: 'failed', error: expect.stringMatching(why) });
    expect(await twin.sim('status')).toMatch(why);

    const attempt = "fetch('http://192.0.2.1:5432/').catch(() => undefined);\n";
    const served = await reloadBy(twin, () => (line = source.append(attempt)));
    expect(served).toMatchObject({ state: 'reloaded', error: null });
    const status = await twin.status();
    expect(served.processes).toEqual(
      expect.arrayContaining(Object.keys(status.regions.world.services).flatMap((name) => processesOf(status, name))),
    );
    for (const name of served.processes) {
      const denied = { target: '192.0.2.1:5432', pid: status.processes[name]?.pid, level: 'error' };
      const callSite = expect.stringContaining(`/services/${path}:${line}:`);
      await expect.poll(() => denials(name), PATIENT).toContainEqual(expect.objectContaining({ ...denied, callSite }));
    }
    expect(await reloadBy(twin, source.putBack)).toMatchObject({ state: 'reloaded', error: null });
  },
  LONG,
);

test(
  'the payment sandboxes are denied it as well',
  async () => {
    let line = 0;
    try {
      const attempt = "fetch('http://192.0.2.1:5433/').catch(() => undefined);\n";
      const served = await reloadBy(twin, () => (line = sandbox.append(attempt)));
      expect(served).toMatchObject({ state: 'reloaded', error: null });
      for (const name of ['world-payments', 'china-payments']) {
        const callSite = expect.stringContaining(`/services/${sandboxPath}:${line}:`);
        await expect.poll(() => denials(name), PATIENT).toContainEqual(expect.objectContaining({ target: '192.0.2.1:5433', callSite }));
      }
    } finally {
      await reloadBy(twin, sandbox.putBack);
    }
  },
  LONG,
);
