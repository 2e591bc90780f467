import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { identify, isAlive } from './process-identity.ts';

const Owner = Type.Object({ pid: Type.Integer(), startTime: Type.String() });

/**
 * Takes the lock that one process at a time may hold; a lock whose owner has ended is taken over.
 * Returns how to give it back, or undefined while another holds it.
 */
export function tryLock(path: string): (() => void) | undefined {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      writeFileSync(path, JSON.stringify(identify(process.pid)), { flag: 'wx', mode: 0o600 });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      if (ownerIsAlive(path)) return undefined;
      rmSync(path, { force: true });
    }
  }
  return undefined;
}

function ownerIsAlive(path: string): boolean {
  try {
    return isAlive(Value.Parse(Owner, JSON.parse(readFileSync(path, 'utf8'))));
  } catch {
    return false;
  }
}
