import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkoutDir } from '../paths.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'madeinworld-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the command line as a user does, with no twin there. */
function sim(...args: readonly string[]) {
  const simDir = join(folder, '.sim');
  const env = { ...process.env, SIM_DIR: simDir, NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(checkoutDir, 'sim/cli/main.ts'), ...args], {
    env,
    encoding: 'utf8',
  });
  return { simDir, code: status, stdout, stderr };
}

describe('help', () => {
  it('is the same by `help` as by --help', () => {
    expect(sim('help').stdout).toBe(sim('--help').stdout);
    for (const command of ['otp', 'fault', 'import']) {
      const { code, stdout } = sim('help', command);
      expect([code, stdout]).toEqual([0, sim(command, '--help').stdout]);
      expect(stdout).toContain(`sim ${command}`);
    }
  });

  it('has examples that run as they stand', () => {
    expect(sim('psql', '--help').stdout).toContain("  echo 'SELECT 1' | npm run sim -- psql world\n");
    expect(sim('status', '--help').stdout).toContain("  npm run -s sim -- status --json | jq '.sync'\n");
    expect(sim('otp', '--help').stdout).toContain('(default: 5s)');
  });

  it('comes with the version', () => {
    const { version } = JSON.parse(readFileSync(join(checkoutDir, 'package.json'), 'utf8'));
    expect(sim('--version')).toMatchObject({ code: 0, stdout: `${version}\n` });
  });
});

describe('a mistake of usage', () => {
  it.each([
    [['otp'], "sim: missing required argument 'address'", 'npm run sim -- otp --help'],
    [
      ['fault', 'cut', 'border', '--for', 'long'],
      "sim: option '--for <time>' argument 'long' is invalid",
      'npm run sim -- fault cut --help',
    ],
    [['fualt'], "sim: unknown command 'fualt'\n(Did you mean fault?)", 'npm run sim -- --help'],
  ])('says so as every error does, and where the help is: %j', (args, message, help) => {
    const { code, stderr } = sim(...args);
    expect(code).toBe(2);
    expect(stderr.startsWith(message), stderr).toBe(true);
    expect(stderr).toContain(`See: ${help}\n`);
  });
});

describe('a file where the twin’s folder has to be', () => {
  it.each([[['up']], [['up', '--fresh']], [['down', '--wipe']]])('is told, and left alone: %j', (args) => {
    writeFileSync(join(folder, '.sim'), 'mine');
    const { simDir, code, stderr } = sim(...args);
    expect(code).toBe(1);
    expect(stderr).toContain(`sim: ${simDir} is a file`);
    expect(stderr).not.toContain('    at ');
    expect(readFileSync(simDir, 'utf8')).toBe('mine');
  });
});
