import { execFileSync } from 'node:child_process';
import { describe, it } from 'vitest';

/** Why there can be no tests with Docker here; undefined where there can. */
function complaint(): string | undefined {
  try {
    for (const args of [['compose', 'version'], ['version']]) execFileSync('docker', args, { stdio: 'pipe', timeout: 20_000 });
    return undefined;
  } catch {
    return 'no Docker engine with compose answers';
  }
}

/** A `describe` that is skipped, with the reason in its name, where no engine answers. With docker in REQUIRE that is a failure. */
export function describeWithDocker(name: string, body: () => void): void {
  const reason = complaint();
  if (reason === undefined) return void describe(name, body);
  if (!(process.env['REQUIRE'] ?? '').split(',').includes('docker')) return void describe.skip(`${name} (skipped: ${reason})`, body);
  describe(name, () => {
    it('has the Docker engine that REQUIRE asks for', () => {
      throw new Error(reason);
    });
  });
}
