import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { peerOf, regions } from '../topology/regions.ts';
import { readAnnouncement } from './announcement.ts';
import { baseEnvironment } from './commands.ts';
import { tryLock } from './lock.ts';
import { openLogFile, tailFile } from './log-file.ts';
import { endProcess, identify, isAlive } from './process-identity.ts';
import { ensureSecrets, readRolePasswords, readSecrets } from './secrets.ts';
import { makeTwinFolders, twinPaths } from './state.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'madeinworld-supervisor-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the tail of a log', () => {
  it('is the last whole lines, also of a file longer than what is read at once', () => {
    const path = join(folder, 'a.log');
    expect(tailFile(path, 5)).toEqual([]);
    const lines = Array.from({ length: 5000 }, (_, index) => `line ${index} ${'ü'.repeat(40)}`);
    writeFileSync(path, `${lines.join('\n')}\n`);
    expect(tailFile(path, 3)).toEqual(lines.slice(-3));
    expect(tailFile(path, 2500)).toEqual(lines.slice(-2500));
    expect(tailFile(path, 9999)).toEqual(lines);
    expect(tailFile(path, 0)).toEqual([]);
    appendFileSync(path, 'unfinished');
    expect(tailFile(path, 1)).toEqual(['unfinished']);
  });

  it('stays within bounds', () => {
    const path = join(folder, 'b.log');
    const log = openLogFile(path, { maxBytes: 1000 });
    for (let index = 0; index < 500; index += 1) log.write(`entry ${index}`);
    log.close();
    expect(statSync(path).size).toBeLessThanOrEqual(1000);
    expect(statSync(`${path}.1`).size).toBeLessThanOrEqual(1000);
    expect(tailFile(path, 1)).toEqual(['entry 499']);
  });
});

describe('an announcement', () => {
  it('is told from log lines, and a service gets its region', () => {
    expect(readAnnouncement('{"event":"listening","name":"auth","url":"http://127.0.0.1:1","level":"info"}', 'china')).toEqual({
      event: 'listening',
      name: 'china:auth',
      url: 'http://127.0.0.1:1',
    });
    expect(readAnnouncement('{"event":"listening","name":"world:queue","url":"x"}', 'world')).toMatchObject({ name: 'world:queue' });
    expect(readAnnouncement('{"level":"info","event":"ready","msg":"ready"}')).toEqual({ event: 'ready' });
    for (const line of ['', 'event', '{"event":"listening"', '{"event":"listening","name":"a"}', '{"msg":"the \\"event\\" of today"}']) {
      expect(readAnnouncement(line), line).toBeUndefined();
    }
  });
});

describe('the environment of children', () => {
  it('leads no client to a real cloud', () => {
    const own = {
      PATH: '/bin',
      HOME: '/h',
      AWS_PROFILE: 'prod',
      AWS_ACCESS_KEY_ID: 'x',
      ALIBABA_CLOUD_ACCESS_KEY_ID: 'y',
      HTTPS_PROXY: 'z',
      PGPASSWORD: 'p',
    };
    const environment = baseEnvironment('MADEINWORLD_TWIN=abc', own);
    expect(environment).toMatchObject({ PATH: '/bin', HOME: '/h', MADEINWORLD_TWIN: 'abc' });
    expect(Object.keys(environment).filter((name) => /AWS|ALIBABA|PROXY|^PG/.test(name))).toEqual([]);
  });
});

describe('secrets', () => {
  it('are made once, kept from others, and let each region check what its peer signs', () => {
    const paths = twinPaths(folder);
    makeTwinFolders(paths);
    ensureSecrets(paths);
    const before = regions.map((region) => readFileSync(paths.secrets(region), 'utf8'));
    ensureSecrets(paths);
    expect(regions.map((region) => readFileSync(paths.secrets(region), 'utf8'))).toEqual(before);
    for (const region of regions) {
      expect(statSync(paths.secrets(region)).mode & 0o777).toBe(0o600);
      const signing = JSON.parse(readSecrets(paths, region)['madeinworld/sync/signing-key'] ?? '');
      const atPeer = JSON.parse(readSecrets(paths, peerOf(region))['madeinworld/sync/peer-keys'] ?? '');
      expect(atPeer.keys[0].keyId).toBe(signing.keyId);
      expect(atPeer.keys[0].publicKey.x).toBe(signing.privateKey.x);
      expect(atPeer.keys[0].publicKey).not.toHaveProperty('d');
    }
    expect(readRolePasswords(paths, 'world').sync).not.toBe(readRolePasswords(paths, 'china').sync);
  });
});

describe('a file of secrets', () => {
  it.each(['', '{"secret', '[]', '{}'])('that holds %j is named, and nothing of it is told', (content) => {
    const paths = twinPaths(folder);
    makeTwinFolders(paths);
    ensureSecrets(paths);
    writeFileSync(paths.secrets('world'), content);
    const damaged = expect.objectContaining({
      message: `${paths.secrets('world')} is damaged: put it back as it was, or begin with secrets and data anew:\n  npm run sim:up -- --fresh`,
    });
    expect(() => ensureSecrets(paths)).toThrow(damaged);
    expect(() => readSecrets(paths, 'world')).toThrow(damaged);
  });
});

describe('the logins of roles that came after the secrets were made', () => {
  it('are added, and nothing else changes', () => {
    const paths = twinPaths(folder);
    makeTwinFolders(paths);
    ensureSecrets(paths);
    for (const region of regions) {
      const whole = JSON.parse(readFileSync(paths.secrets(region), 'utf8'));
      const { 'madeinworld/database/users': _users, 'madeinworld/database/orders': _orders, ...older } = whole;
      writeFileSync(paths.secrets(region), JSON.stringify(older));
      expect(() => readRolePasswords(paths, region)).toThrow();
      ensureSecrets(paths);
      const now = JSON.parse(readFileSync(paths.secrets(region), 'utf8'));
      expect(now).toMatchObject(older);
      expect(Object.keys(now).toSorted()).toEqual(Object.keys(whole).toSorted());
      expect(JSON.parse(now['madeinworld/database/users'])).toEqual({ username: 'users', password: expect.stringMatching(/^.{32}$/) });
      expect(readRolePasswords(paths, region).orders).not.toBe(readRolePasswords(paths, region).users);
      expect(statSync(paths.secrets(region)).mode & 0o777).toBe(0o600);
    }
  });
});

describe('processes', () => {
  it('are ended with all that they started, and a later process of the same id is left alone', async () => {
    const marker = 'MADEINWORLD_TWIN=supervisor-test';
    const script = `require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log(process.pid)'], { stdio: 'inherit' }); setInterval(() => {}, 1000)`;
    const env = { ...process.env, MADEINWORLD_TWIN: 'supervisor-test' };
    const leader = spawn(process.execPath, ['-e', script], { detached: true, env, stdio: ['ignore', 'pipe', 'inherit'] });
    const [output] = await once(leader.stdout, 'data');
    const member = identify(Number(String(output)));
    const identity = identify(leader.pid ?? 0);
    expect([isAlive(identity), isAlive(member)]).toEqual([true, true]);

    await endProcess({ ...identity, startTime: '1' }, { signal: 'SIGTERM', graceMs: 100, marker: 'MADEINWORLD_TWIN=another' });
    expect([isAlive(identity), isAlive(member)]).toEqual([true, true]);

    await endProcess(identity, { signal: 'SIGTERM', graceMs: 5000, marker });
    await expect.poll(() => [isAlive(identity), isAlive(member)]).toEqual([false, false]);
  });

  it('hold a lock one at a time, and inherit it from the dead', () => {
    const path = join(folder, 'lock');
    const unlock = tryLock(path);
    expect(unlock).toBeTypeOf('function');
    expect(tryLock(path)).toBeUndefined();
    unlock?.();
    writeFileSync(path, JSON.stringify({ pid: process.pid, startTime: 'long ago' }));
    expect(tryLock(path)).toBeTypeOf('function');
  });
});
