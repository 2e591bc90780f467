import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Whether Shopify's own server is on PATH, to be asked the same questions as the stand-in. */
export const hasOriginal = spawnSync('toxiproxy-server', ['-version']).status === 0;

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return address !== null && typeof address === 'object' ? address.port : 0;
}

/** Starts the original, which cannot choose a port by itself. */
export async function startOriginal(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const port = await freePort();
  const child = spawn('toxiproxy-server', ['-host', '127.0.0.1', '-port', String(port), '-proxy-metrics'], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const answers = () =>
    fetch(`${url}/version`).then(
      (response) => response.ok,
      () => false,
    );
  while (child.exitCode === null && !(await answers())) await new Promise((resolve) => setTimeout(resolve, 20));
  return {
    url,
    async close() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
