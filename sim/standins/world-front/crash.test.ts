import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { closeServer, listenOnLoopback } from '../child.ts';
import { origins } from '../front-flags.ts';
import { startChild } from '../started-child.ts';

test.runIf(process.platform === 'linux')('the front ends with its workerd, so that nobody takes a restart for calm', async () => {
  const origin = createServer((_request, response) => response.end());
  const url = await listenOnLoopback(origin, 0);
  const front = await startChild(
    new URL('./main.ts', import.meta.url),
    origins.flatMap((name) => [`--${name}-url`, url]),
  );
  try {
    const children = (await readFile(`/proc/${front.pid}/task/${front.pid}/children`, 'utf8')).trim().split(' ').map(Number);
    const names = await Promise.all(children.map(async (pid) => [pid, await readFile(`/proc/${pid}/comm`, 'utf8')] as const));
    const workerd = names.find(([, name]) => name.trim() === 'workerd')?.[0] ?? 0;
    expect(workerd).toBeGreaterThan(0);
    process.kill(workerd, 'SIGKILL');
    expect(await front.ended).toBe(1);
  } finally {
    await front.stop();
    await closeServer(origin);
  }
});
