import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const run = (...flags: string[]) => spawn(process.execPath, [main, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });

describe('the process', () => {
  it('announces where it listens and that it is ready, and stops on SIGTERM with proxies open', async () => {
    const child = run('--port', '0');
    const lines: unknown[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(JSON.parse(line));
      if (lines.length === 2) break;
    }
    expect(lines).toEqual([
      { event: 'listening', name: 'toxiproxy', url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) },
      { event: 'ready' },
    ]);
    const url = /http:[^"]+/.exec(JSON.stringify(lines[0]))?.[0] ?? '';
    const body = JSON.stringify({ name: 'p', listen: '127.0.0.1:0', upstream: '127.0.0.1:1' });
    expect((await fetch(`${url}/proxies`, { method: 'POST', body })).status).toBe(201);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it.each([['--nonsense'], ['--port', 'x'], ['--port', '70000'], ['--host', '0.0.0.0'], ['--seed', '-1']])(
    'refuses %s %s',
    async (...flags) => {
      const child = run(...flags);
      const errors: string[] = [];
      child.stderr.on('data', (data) => errors.push(String(data)));
      const [code] = await once(child, 'close');
      expect(code).toBe(2);
      expect(errors.join('')).toContain('usage: ');
    },
  );
});
