import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { expect, it } from 'vitest';

const run = promisify(execFile);

/** The modules of ours that a process loads which makes a platform and asks for what its HTTP apps are made with. */
async function loadedWith(env: Readonly<Record<string, string>>): Promise<string[]> {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    const { createPlatform } = await import('#platform/platform.ts');
    const platform = createPlatform(process.env);
    await platform.http('shop');
    await platform.close();
    console.log(JSON.stringify(loaded));`;
  const own = { REGION: 'world', DATABASE_URL: 'postgres://127.0.0.1/x', SECRETS_PROVIDER: 'aws', LOG_LEVEL: 'silent' };
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
    env: { ...own, ...env },
  });
  const loaded: string[] = JSON.parse(stdout);
  return loaded.flatMap((url) => /\/services\/platform\/(.*)/.exec(url)?.[1] ?? []);
}

it('nothing of the exporter is loaded unless a collector is named', async () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
  const [without, disabled, named] = await Promise.all([
    loadedWith({}),
    loadedWith({ ...endpoint, OTEL_SDK_DISABLED: 'true' }),
    loadedWith(endpoint),
  ]);
  expect(without).toContain('platform.ts');
  expect([...without, ...disabled].filter((file) => file.startsWith('otlp/'))).toEqual([]);
  expect(named).toContain('otlp/exporter.ts');
});
