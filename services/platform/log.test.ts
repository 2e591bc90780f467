import { expect, test } from 'vitest';

import { createLogger } from './log.ts';

test('an error of PostgreSQL is logged without the row that it quotes', () => {
  const lines: string[] = [];
  const log = createLogger({ level: 'trace', region: 'world', destination: { write: (line) => void lines.push(line) } });
  const cause = Object.assign(new Error('refused'), { detail: 'Failing row contains (1, MARK).', where: 'COPY t, line 1: "MARK"' });
  log.error({ err: cause }, 'it failed');
  log.error({ err: new Error('around it', { cause }) }, 'it failed');
  log.info({ email: 'MARK@example.org', user: { email: 'MARK@example.org' } }, 'signed in');
  expect(lines).toHaveLength(3);
  expect(lines.join()).toContain('refused');
  expect(lines.join()).not.toContain('MARK');
});

test('an error of PostgreSQL is logged without the value that its message quotes', () => {
  const lines: string[] = [];
  const log = createLogger({ level: 'trace', region: 'world', destination: { write: (line) => void lines.push(line) } });
  const cause = Object.assign(new Error('invalid input syntax for type uuid: "MARK"'), { code: '22P02', hint: 'MARK' });
  log.error({ err: cause }, 'it failed');
  log.error({ err: new Error('around it', { cause }) }, 'it failed');
  log.error({ err: Object.assign(new Error('relation "x" does not exist'), { code: '42P01' }) }, 'it failed');
  expect(lines.join()).not.toContain('MARK');
  expect(lines[0]).toContain('22P02');
  expect(lines[1]).toContain('around it: [redacted]');
  expect(lines[2]).toContain('relation');
});

test("an error's code is logged, a code that was mailed is not", () => {
  const lines: string[] = [];
  const log = createLogger({ level: 'trace', region: 'world', destination: { write: (line) => void lines.push(line) } });
  log.error({ err: Object.assign(new Error('refused'), { code: '23505' }) }, 'it failed');
  log.info({ code: '123456', body: { code: '123456' } }, 'signed in');
  expect(lines[0]).toContain('"code":"23505"');
  expect(lines[1]).not.toContain('123456');
});
