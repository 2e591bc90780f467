/** Collects lines until they make statements: a semicolon ends one, unless it stands within quotes or a comment. */
export interface StatementReader {
  /** Takes a line; returns the statements that it completes. */
  add(line: string): string[];
  /** Whether a statement has been begun. */
  pending(): boolean;
  /** What has been begun and not ended. */
  rest(): string;
}

/** What may stand between two semicolons of a statement, by how it begins and ends. */
const enclosed: readonly RegExp[] = [
  /^'(?:[^']|'')*(?:'|$)/,
  /^"(?:[^"]|"")*(?:"|$)/,
  /^\$([A-Za-z_]\w*)?\$[\s\S]*?(?:\$\1\$|$)/,
  /^--[^\n]*(?:\n|$)/,
  /^\/\*[\s\S]*?(?:\*\/|$)/,
];

export function createStatementReader(): StatementReader {
  let text = '';
  return {
    add(line) {
      text += `${line}\n`;
      const statements: string[] = [];
      for (let end = endOfStatement(text); end !== -1; end = endOfStatement(text)) {
        const statement = text.slice(0, end).trim();
        if (statement !== '') statements.push(statement);
        text = text.slice(end + 1);
      }
      return statements;
    },
    pending: () => text.trim() !== '',
    rest: () => text.trim(),
  };
}

function endOfStatement(text: string): number {
  for (let index = 0; index < text.length;) {
    if (text[index] === ';') return index;
    const rest = text.slice(index);
    const length = enclosed.map((pattern) => pattern.exec(rest)?.[0].length ?? 0).find((found) => found > 0);
    index += length ?? 1;
  }
  return -1;
}
