/** A statement as a server's log has it (`log_statement = all`), with the values of its parameters. */
export interface CapturedStatement {
  /** The server's process, which is one for each connection. */
  readonly pid: string;
  readonly text: string;
  readonly parameters: readonly (string | null)[];
}

const entryStart = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ UTC \[(\d+)\] (\S*)@\S* (LOG|DETAIL): {2}/;
const statementStart = /^(?:execute [^:]+|statement): /;
const PARAMETERS = /^Parameters: /;

/** The statements of `role`, in order. `lines` are a log's: an entry goes on in lines that begin with a tab. Pure. */
export function readStatements(lines: readonly string[], role: string): CapturedStatement[] {
  const found: CapturedStatement[] = [];
  for (const { pid, kind, text } of entriesOf(lines, role)) {
    if (kind === 'LOG' && statementStart.test(text)) found.push({ pid, text: text.replace(statementStart, ''), parameters: [] });
    const last = found.at(-1);
    // Since version 16 the word has a capital; before it had none.
    if (kind === 'DETAIL' && PARAMETERS.test(text) && last?.pid === pid) {
      found[found.length - 1] = { ...last, parameters: valuesOf(text.replace(PARAMETERS, '')) };
    }
  }
  return found;
}

function entriesOf(lines: readonly string[], role: string): { pid: string; kind: string; text: string }[] {
  const entries: { pid: string; role: string; kind: string; text: string }[] = [];
  for (const line of lines) {
    const start = entryStart.exec(line);
    const last = entries.at(-1);
    if (start !== null)
      entries.push({ pid: start[1] ?? '', role: start[2] ?? '', kind: start[3] ?? '', text: line.slice(start[0].length) });
    else if (last !== undefined && line.startsWith('\t')) last.text += `\n${line.slice(1)}`;
  }
  return entries.filter((entry) => entry.role === role);
}

function valuesOf(list: string): (string | null)[] {
  return [...list.matchAll(/\$\d+ = (NULL|'(?:[^']|'')*')/g)].map(([, value = 'NULL']) =>
    value === 'NULL' ? null : value.slice(1, -1).replaceAll("''", "'"),
  );
}

/** What differs from one transaction to the next: a text that was captured, and the SQL that stands for it. */
export type Varying = Readonly<Record<string, string>>;

/** pgbench takes a colon before a name for a variable of its own, inside of a literal too: there it is written as an escape. */
const quoted = (text: string): string => {
  const plain = `'${text.replaceAll("'", "''")}'`;
  return text.includes(':') ? `E${plain.replaceAll('\\', '\\\\').replaceAll(':', '\\x3A')}` : plain;
};
const literals = /'((?:[^']|'')*)'/g;
const withoutColons = (sql: string): string => sql.replaceAll(literals, (_, text: string) => quoted(text.replaceAll("''", "'")));
const literal = (value: string | null): string => (value === null ? 'NULL' : quoted(value));

/**
 * A script for pgbench that repeats `statements`. What `varying` names, also inside of longer values, is worked out by a statement before them and handed over as
 * parameters, of no type of their own, as by the service; all else is written down. Pure.
 */
export function pgbenchScript(statements: readonly CapturedStatement[], varying: Varying): string {
  const variables = new Map<string, string>();
  const placed = (value: string | null): string => {
    if (value === null || !Object.keys(varying).some((name) => value.includes(name))) return literal(value);
    const name = variables.get(value) ?? `v${variables.size + 1}`;
    variables.set(value, name);
    return `:${name}`;
  };
  const repeated = statements.map(
    ({ text, parameters }) => `${withoutColons(text).replaceAll(/\$(\d+)/g, (_, n: string) => placed(parameters[Number(n) - 1] ?? null))};`,
  );
  const worked = [...variables].map(([value, name]) => `${expressionOf(value, varying)} AS ${name}`);
  return [...(worked.length === 0 ? [] : [`SELECT ${worked.join(', ')} \\gset`]), ...repeated].join('\n');
}

function expressionOf(value: string, varying: Varying): string {
  const name = Object.keys(varying).find((candidate) => value.includes(candidate)) ?? '';
  const [before = '', ...after] = value.split(name);
  return `${quoted(before)} || ${varying[name] ?? ''} || ${quoted(after.join(name))}`;
}

/** A statement of which `value` alone is a parameter, `$1`, and the others are written down as they were. Pure. */
export function withOneParameter({ text, parameters }: CapturedStatement, value: string): string {
  return text.replaceAll(/\$(\d+)/g, (_, n: string) => {
    const found = parameters[Number(n) - 1] ?? null;
    return found === value ? '$1' : literal(found);
  });
}
