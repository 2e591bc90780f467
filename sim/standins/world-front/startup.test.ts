import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect, test } from 'vitest';

import { workerModules } from './modules.ts';
import { whyNot } from './startup.ts';

const folder = new URL('file:///a/services/edge/');

test('what workerd complains of in the Worker is told with its places, and nothing of what else it says', () => {
  const said = [
    'a warning',
    "service core:user:edge: Uncaught SyntaxError: Identifier 'a' has already been declared\n  at worker.ts:79:6",
    'more',
  ];
  expect(whyNot(new Error('The Workers runtime failed to start.'), said, folder)).toEqual({
    msg: "Uncaught SyntaxError: Identifier 'a' has already been declared",
    stack: '  at file:///a/services/edge/worker.ts:79:6',
  });
  const inFunction = ['service core:user:edge: Uncaught Error: boom\n  at load (origins.ts:3:9)\n  at worker.ts:7:1'];
  expect(whyNot(new Error('failed'), inFunction, folder).stack.split('\n')).toEqual([
    '  at load (file:///a/services/edge/origins.ts:3:9)',
    '  at file:///a/services/edge/worker.ts:7:1',
  ]);
});

test('a file that cannot be read is told with its line', async () => {
  const path = await mkdtemp(join(tmpdir(), 'madeinworld-worker-'));
  const at = pathToFileURL(`${path}/`);
  try {
    await writeFile(join(path, 'worker.ts'), 'const a: number = 1;\n\nconst const\n');
    const error: unknown = await workerModules(at, 'worker.ts').catch((thrown: unknown) => thrown);
    expect(whyNot(error, [], at)).toEqual({ msg: 'Expected ident', stack: `${at.href}worker.ts:3` });
  } finally {
    await rm(path, { recursive: true });
  }
});

test('any other error is told as it is', () => {
  const error = new Error('the port is taken');
  expect(whyNot(error, [], folder)).toEqual({ msg: 'the port is taken', stack: error.stack });
});
