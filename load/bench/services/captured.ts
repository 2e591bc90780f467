/** A statement as a server's log has it (`log_statement = all`), with the values of its parameters. */
export interface CapturedStatement {
  readonly text: string;
  readonly parameters: readonly (string | null)[];
}

const entryStart = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ UTC \[\d+\] (\S*)@\S* (LOG|DETAIL): {2}/;
const statementStart = /^(?:execute [^:]+|statement): /;
const PARAMETERS = /^Parameters: /;

/** The statements of `role`, in order. `lines` are a log's: an entry goes on in lines that begin with a tab. Pure. */
export function readStatements(lines: readonly string[], role: string): CapturedStatement[] {
  const found: CapturedStatement[] = [];
  for (const { kind, text } of entriesOf(lines, role)) {
    if (kind === 'LOG' && statementStart.test(text)) found.push({ text: text.replace(statementStart, ''), parameters: [] });
    const last = found.at(-1);
    // Since version 16 the word has a capital; before it had none.
    if (kind === 'DETAIL' && PARAMETERS.test(text) && last !== undefined) {
      found[found.length - 1] = { ...last, parameters: valuesOf(text.replace(PARAMETERS, '')) };
    }
  }
  return found;
}

function entriesOf(lines: readonly string[], role: string): { kind: string; text: string }[] {
  const entries: { role: string; kind: string; text: string }[] = [];
  for (const line of lines) {
    const start = entryStart.exec(line);
    const last = entries.at(-1);
    if (start !== null) entries.push({ role: start[1] ?? '', kind: start[2] ?? '', text: line.slice(start[0].length) });
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

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/**
 * A script for pgbench that repeats `statements`, with the expressions of `varying` in the place of what they name, also inside of longer values. Pure. A colon
 * before a name would be a variable of pgbench's, so that none may be in a statement but for casts.
 */
export function pgbenchScript(statements: readonly CapturedStatement[], varying: Varying): string {
  return statements
    .map(({ text, parameters }) => `${text.replaceAll(/\$(\d+)/g, (_, n: string) => literal(parameters[Number(n) - 1] ?? null, varying))};`)
    .join('\n');
}

/** A statement of which `value` alone is a parameter, `$1`, and the others are written down as they were. Pure. */
export function withOneParameter({ text, parameters }: CapturedStatement, value: string): string {
  return text.replaceAll(/\$(\d+)/g, (_, n: string) => {
    const found = parameters[Number(n) - 1] ?? null;
    return found === value ? '$1' : literal(found, {});
  });
}

function literal(value: string | null, varying: Varying): string {
  if (value === null) return 'NULL';
  const name = Object.keys(varying).find((candidate) => value.includes(candidate));
  if (name === undefined) return quoted(value);
  const whole = varying[name] ?? '';
  if (value === name) return uuid.test(value) ? `(${whole})::uuid` : `(${whole})`;
  const [before = '', ...after] = value.split(name);
  return `(${quoted(before)} || ${whole} || ${quoted(after.join(name))})`;
}
