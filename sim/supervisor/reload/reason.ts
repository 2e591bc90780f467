import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { ProcessFailure } from '../registry.ts';

const Fatal = Compile(Type.Object({ level: Type.Literal('fatal'), msg: Type.String(), stack: Type.Optional(Type.String()) }));
const stackLines = 4;

/** Why something could not be started, for people: what it said last, if that was why, else the end of what it said. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof ProcessFailure)) return error instanceof Error ? error.message : String(error);
  const fatal = error.logTail.flatMap((line) => readFatal(line) ?? []).at(-1);
  // Its name is that of the one it was to follow.
  const name = error.processName.replace(/\.next$/, '');
  if (fatal === undefined) return [`${name} ${error.message}`, ...error.logTail.slice(-8)].join('\n');
  // What cannot be read has no frames: Node begins with where it is.
  const from = (fatal.stack ?? '')
    .split('\n')
    .filter((line) => (/^ +at /.test(line) && !line.includes('node:')) || /^file:\S+:\d+$/.test(line));
  return [`${name} ${error.message}: ${fatal.msg}`, ...from.slice(0, stackLines).map((line) => line.trim())].join('\n');
}

function readFatal(line: string): { readonly msg: string; readonly stack?: string } | undefined {
  if (!line.includes('"fatal"')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return Fatal.Check(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
