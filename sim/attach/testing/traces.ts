import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readState, twinPaths } from '../../supervisor/state.ts';

/** The processes of a twin that live, each with its command line: those that name its folder, or carry its mark in their environment. */
export function livingProcesses(simDir: string): string[] {
  const marks = [simDir, readState(twinPaths(simDir))?.marker ?? simDir];
  const listed = execFileSync('ps', ['axeww', '-o', 'pid=,args='], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }).split('\n');
  return listed.filter((line) => marks.some((mark) => line.includes(mark)));
}

/** What every user of the machine can read of the processes. */
export function commandLines(): string {
  return execFileSync('ps', ['axww', '-o', 'args='], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}

export interface KeptFile {
  readonly path: string;
  readonly text: string;
  /** Whether others than its owner may read it, as far as its own mode goes. */
  readonly open: boolean;
}

/** The files of a twin's folder but for the databases'. */
export function keptFiles(simDir: string): KeptFile[] {
  const paths = readdirSync(simDir, { recursive: true, encoding: 'utf8' }).filter((path) => !path.startsWith('postgres/'));
  return paths.flatMap((path) => {
    const stat = statSync(join(simDir, path));
    return stat.isFile() ? [{ path, text: readFileSync(join(simDir, path), 'utf8'), open: (stat.mode & 0o077) !== 0 }] : [];
  });
}
