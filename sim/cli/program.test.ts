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

it('says where the arguments of psql come', () => {
  const { code, stderr } = sim('psql', 'world', '-c', 'SELECT 1');
  expect(code).toBe(2);
  expect(stderr).toBe(
    "sim: unknown option '-c'\n\n  Behind a further -- come psql's own arguments: npm run sim -- psql ... -- ...\n  See: npm run sim -- psql --help\n",
  );
});

describe('a fault that cannot be meant', () => {
  it.each([
    [['cut', 'bordr'], 'sim: no link or group is called bordr; did you mean border?\n'],
    [['cut', 'border', '--stream', 'sideways'], "sim: option '--stream <way>' argument 'sideways' is invalid. up or down is needed"],
    [['slow', 'border', '--rtt', '1s', '--share', '0.3'], "sim: option '--share <percent>' argument '0.3' is invalid"],
    [['limit', 'border'], "sim: required option '--bytes <count>' not specified"],
    [['preset', 'flaping'], 'sim: no preset is called flaping; did you mean flapping?\n'],
    [['preset', 'border-evening', 'world:mail'], 'sim: border-evening is of the border alone'],
    [['run', 'nowhere.yaml'], 'sim: nowhere.yaml cannot be read: ENOENT'],
  ])('is told before a twin is asked for: %j', (args, message) => {
    const { code, stderr } = sim('fault', ...args);
    expect([code, stderr.slice(0, message.length)]).toEqual([2, message]);
  });
});

describe('what faults can be', () => {
  it('is shown without a twin', () => {
    const presets = JSON.parse(sim('fault', 'presets', '--json').stdout) as { name: string; on: string[]; does: string[] }[];
    expect(presets.find(({ name }) => name === 'satellite')).toMatchObject({
      on: ['border:world-china', 'border:china-world'],
      does: ['600 ms a round trip, 3 Mbit/s up, 25 Mbit/s down'],
    });
    const file = join(folder, 'a.yaml');
    writeFileSync(file, 'seed: 3\nsteps:\n  - { at: 1m, heal: all }\n  - { at: 5s, fault: cut, link: border, for: 10s, note: why }\n');
    expect(sim('fault', 'run', file, '--dry-run').stdout).toBe(
      'a.yaml  2 steps in 1 min, seed 3\n         5 s  cut border:world-china, border:china-world (how refuse), for 10 s  why\n       1 min  heal all\n',
    );
    expect(JSON.parse(sim('fault', 'run', file, '--dry-run', '--json').stdout)).toMatchObject({ event: 'plan', seed: 3, lastMs: 60_000 });
    writeFileSync(file, '- at: 1s\n  fault: cut\n  link: bordr\n');
    expect(sim('fault', 'run', file)).toMatchObject({ code: 2, stderr: expect.stringContaining(`${file}:3: step 1, link: no link`) });
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
