import { nearest } from '../topology/nearest.ts';

/** What a name may be: it is also a folder's, on every system. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** A snapshot cannot be meant: the name is none, or there is none of it. */
export class SnapshotNameError extends Error {
  override readonly name = 'SnapshotNameError';
}

/** Throws SnapshotNameError for a name that no snapshot can have. */
export function checkName(name: string): void {
  if (NAME.test(name)) return;
  throw new SnapshotNameError(
    `${JSON.stringify(name)} cannot be the name of a snapshot: letters, digits, "-", "_" and "." are taken, 64 at most, a letter or digit first`,
  );
}

/** What to say where there is no snapshot of a name: the one that may have been meant, or those there are. */
export function unknownName(name: string, names: readonly string[]): SnapshotNameError {
  const meant = nearest(name, names);
  const hint =
    meant !== undefined ? `did you mean ${meant}?` : names.length === 0 ? 'there is none at all' : `there are ${names.join(', ')}`;
  return new SnapshotNameError(`no snapshot is called ${name}; ${hint}`);
}
