import { describe, expect, it } from 'vitest';
import { createStatementReader } from './sql-statements.ts';

describe('statements', () => {
  it('end at a semicolon, over lines, and not within quotes or comments', () => {
    const reader = createStatementReader();
    expect(reader.add('SELECT 1')).toEqual([]);
    expect(reader.pending()).toBe(true);
    expect(reader.add("  , ';' ; SELECT 2;")).toEqual(["SELECT 1\n  , ';'", 'SELECT 2']);
    expect(reader.pending()).toBe(false);
    expect(reader.add('SELECT $f$a;b$f$, "c;d" -- e;f')).toEqual([]);
    expect(reader.add('/* g;h */ , 3;')).toEqual(['SELECT $f$a;b$f$, "c;d" -- e;f\n/* g;h */ , 3']);
    expect(reader.add("SELECT 'it''s")).toEqual([]);
    expect(reader.add("open;'")).toEqual([]);
    expect(reader.rest()).toBe("SELECT 'it''s\nopen;'");
  });
});
