import { createInterface } from 'node:readline';
import pg from 'pg';
import { layOut, note, print } from './screen.ts';
import { createStatementReader } from './sql-statements.ts';

const tablesQuery = `SELECT schemaname AS schema, tablename AS name, tableowner AS owner FROM pg_tables
  WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2`;

/**
 * A small SQL prompt over a connection; also runs a script from stdin. Returns the exit code: 1 when a statement of a script failed.
 * `onError` hears what the server said.
 */
export async function runPrompt(url: string, name: string, onError: (message: string) => void): Promise<number> {
  // Everything as PostgreSQL writes it: numbers and instants keep all their digits.
  const types = { getTypeParser: () => (text: unknown) => text };
  const client = new pg.Client({ connectionString: url, types });
  await client.connect();
  const interactive = process.stdin.isTTY;
  const input = createInterface({ input: process.stdin, ...(interactive ? { output: process.stdout } : {}) });
  const reader = createStatementReader();
  let failed = false;
  const prompt = (): void => {
    input.setPrompt(reader.pending() ? `${name}-> ` : `${name}=> `);
    if (interactive) input.prompt();
  };
  const run = async (sql: string): Promise<void> => {
    try {
      show(await client.query({ text: sql, rowMode: 'array' }));
    } catch (error) {
      failed = true;
      const message = error instanceof Error ? error.message : String(error);
      note(`ERROR: ${message}`);
      onError(message);
    }
  };
  try {
    prompt();
    for await (const line of input) {
      const command = reader.pending() ? '' : line.trim();
      if (command === '\\q') break;
      if (command === '\\dt') await run(tablesQuery);
      else if (command.startsWith('\\')) note(`${command} is not known here; there are \\q and \\dt`);
      else for (const statement of reader.add(line)) await run(statement);
      if (failed && !interactive) return 1;
      prompt();
    }
    const rest = reader.rest();
    if (rest !== '' && !interactive) await run(rest);
    return failed && !interactive ? 1 : 0;
  } finally {
    input.close();
    await client.end();
  }
}

function show(result: pg.QueryArrayResult<unknown[]> | readonly pg.QueryArrayResult<unknown[]>[]): void {
  for (const one of Array.isArray(result) ? result : [result]) {
    if (one.fields.length === 0) {
      print(one.rowCount === null ? one.command : `${one.command} ${one.rowCount}`);
      continue;
    }
    const header = one.fields.map((field: pg.FieldDef) => field.name);
    const rows = one.rows.map((row: unknown[]) =>
      row.map((cell) => (typeof cell === 'string' ? cell : cell === null ? '' : JSON.stringify(cell))),
    );
    const rule = header.map((title: string, column: number) =>
      '-'.repeat(Math.max(title.length, ...rows.map((row: string[]) => row[column]?.length ?? 0))),
    );
    print(layOut([header, rule, ...rows], ' '));
    print(`(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})`);
  }
}
