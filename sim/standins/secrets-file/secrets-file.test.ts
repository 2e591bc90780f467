import { readFile, stat, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSecretsFile, type SecretsFile } from './secrets-file.ts';
import { temporarySecrets, TEST_KEY, type TemporarySecrets } from './temporary-file.ts';

let file: TemporarySecrets;
let secrets: SecretsFile;
let nowMs: number;
let complaints: string[];

function open(): SecretsFile {
  return openSecretsFile({ path: file.path, nowMs: () => nowMs, onUnreadable: (reason) => complaints.push(reason) });
}

beforeEach(async () => {
  nowMs = 1_000_000;
  complaints = [];
  file = await temporarySecrets({ a: 'one', b: 'two' });
  secrets = open();
});
afterEach(() => file.remove());

describe('a secrets file', () => {
  it('gives its values, and not its own key as one', () => {
    expect(secrets.get('a')?.current.value).toBe('one');
    expect(secrets.list().map((secret) => secret.name)).toEqual(['a', 'b']);
    expect(secrets.get('__credentials')).toBeUndefined();
    expect(secrets.accessKey()).toEqual(TEST_KEY);
  });

  it('moves a replaced value to previous', async () => {
    const before = secrets.get('a');
    await file.write({ a: 'changed', b: 'two' });
    const after = secrets.get('a');
    expect(after?.current.value).toBe('changed');
    expect(after?.previous).toEqual(before?.current);
    expect(secrets.get('b')?.previous).toBeUndefined();
  });

  it('forgets a value that was taken out', async () => {
    await file.write({ b: 'two' });
    expect(secrets.get('a')).toBeUndefined();
  });

  it('names versions by their content, so that they outlive a restart', async () => {
    const versionId = secrets.get('a')?.current.versionId;
    expect(open().get('a')?.current.versionId).toBe(versionId);
    await file.write({ a: 'changed', b: 'one' });
    expect(secrets.get('a')?.current.versionId).not.toBe(versionId);
    expect(secrets.get('b')?.current.versionId).not.toBe(versionId);
  });

  it('keeps what it has while the file is half-written, and says so', async () => {
    await writeFile(file.path, '{"a": "ch');
    expect(secrets.get('a')?.current.value).toBe('one');
    expect(complaints).toHaveLength(1);
    await file.write({ a: 'changed' });
    expect(secrets.get('a')?.current.value).toBe('changed');
  });

  it('writes a value through, for its owner alone', async () => {
    const put = secrets.put('a', 'written', 'chosen-version');
    expect(put.current).toMatchObject({ value: 'written', versionId: 'chosen-version' });
    expect(put.previous?.value).toBe('one');
    expect(JSON.parse(await readFile(file.path, 'utf8'))).toEqual({ __credentials: TEST_KEY, a: 'written', b: 'two' });
    expect((await stat(file.path)).mode & 0o777).toBe(0o600);
  });

  it('knows the last access key beside the present one after it was rotated', async () => {
    await file.write({ __credentials: { accessKeyId: 'NEW', secretAccessKey: 'new' } });
    nowMs += 1000;
    expect(secrets.secretKeyOf('NEW')).toBe('new');
    expect(secrets.secretKeyOf(TEST_KEY.accessKeyId)).toBe(TEST_KEY.secretAccessKey);
    expect(secrets.secretKeyOf('STRANGER')).toBeUndefined();
  });

  it.each([
    ['no JSON', 'nonsense'],
    ['no key pair', '{"a":"one"}'],
    ['a value that is no string', `{"__credentials":${JSON.stringify(TEST_KEY)},"a":{"nested":true}}`],
  ])('with %s cannot be opened', async (_, text) => {
    await writeFile(file.path, text);
    expect(open).toThrow(/cannot read the secrets file/);
  });
});
