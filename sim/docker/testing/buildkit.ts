import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { checkoutDir } from '../../paths.ts';
import { buildFiles, imageSources } from '../image.ts';

const run = promisify(execFile);

/** Whether `docker build` can use BuildKit: the engine has it, but the command needs a plugin for it. */
export function hasBuildx(): boolean {
  try {
    execFileSync('docker', ['buildx', 'version'], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

/**
 * Builds the image with the BuildKit of the engine, without the plugin: the context is fetched from a server on 127.0.0.1
 * (https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image/operation/ImageBuild). Throws what the engine says went wrong.
 */
export async function buildByEngine(tag: string, buildArguments: Readonly<Record<string, string>>): Promise<void> {
  const { stdout: host } = await run('docker', ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}']);
  const socketPath = host.trim().replace(/^unix:\/\//, '');
  const tar = ['-c', '-C', checkoutDir, ...buildFiles, ...imageSources(checkoutDir)];
  const { stdout: context } = await run('tar', tar, { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 });
  const server = createServer((_, response) => response.end(context)).listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const query = new URLSearchParams({
      version: '2',
      remote: `http://127.0.0.1:${port}/context.tar`,
      networkmode: 'host',
      buildargs: JSON.stringify(buildArguments),
      t: tag,
    });
    const asked = request({ socketPath, method: 'POST', path: `/v1.41/build?${query.toString()}` }).end();
    const [answer] = await once(asked, 'response');
    const said = await text(answer);
    const failure = /"error":"(.*?)"\}/.exec(said)?.[1];
    if (answer.statusCode !== 200 || failure !== undefined) throw new Error(failure ?? said.slice(-2000));
    if (!said.includes('moby.buildkit.trace')) throw new Error('the engine has built it without BuildKit');
  } finally {
    server.close();
  }
}
