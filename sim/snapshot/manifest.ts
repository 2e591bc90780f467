import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';

/** Raised when what a snapshot holds is laid out in another way. */
export const FORMAT = 2;
export const MANIFEST = 'manifest.json';

/** How much a part holds, and of small ones a digest over all of it. */
const Part = Type.Object({ files: Type.Integer(), bytes: Type.Integer(), sha256: Type.Union([Type.String(), Type.Null()]) });
export type Part = Static<typeof Part>;

/** How far ahead a process's clock was set, and for how long from then on; null until it is healed. */
const Clock = Type.Object({ process: Type.String(), skewMs: Type.Integer(), leftMs: Type.Union([Type.Number(), Type.Null()]) });
export type Clock = Static<typeof Clock>;

/** What a snapshot says of itself; written last, so that one without it is none. */
export const Manifest = Type.Object({
  format: Type.Integer(),
  name: Type.String(),
  note: Type.Union([Type.String(), Type.Null()]),
  /** When its cut was made. */
  at: Type.String(),
  mode: Type.Enum(['embedded', 'docker']),
  regions: Type.Array(Type.Enum(['world', 'china'])),
  layout: Type.Object({ split: Type.Boolean(), image: Type.Boolean() }),
  /** PostgreSQL's major version, by region: the files are of that version alone. */
  postgres: Type.Record(Type.String(), Type.String()),
  /** The platform whose server wrote the databases' files: another architecture's cannot read them. */
  platform: Type.String(),
  migrations: Type.Record(Type.String(), Type.String()),
  /** How many messages waited in each region's queue, those in flight among them. */
  queued: Type.Record(Type.String(), Type.Integer()),
  /** What was broken on purpose; it is told, not broken again, but for clocks. */
  faults: Type.Array(Type.Object({ kind: Type.String(), target: Type.String(), summary: Type.String() })),
  /** Clocks that were not this machine's; snapshots of older checkouts do not know of them. */
  clocks: Type.Optional(Type.Array(Clock)),
  /** How long nothing was served, and how long the whole took. */
  frozenMs: Type.Integer(),
  tookMs: Type.Integer(),
  parts: Type.Record(Type.String(), Part),
});
export type Manifest = Static<typeof Manifest>;

export type ReadManifest =
  | { readonly kind: 'read'; readonly manifest: Manifest }
  /** `format` is undefined where there is no manifest that can be read at all. */
  | { readonly kind: 'unreadable'; readonly format: number | undefined };

const AnyFormat = Type.Object({ format: Type.Integer() });

export function readManifest(folder: string): ReadManifest {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8'));
  } catch {
    return { kind: 'unreadable', format: undefined };
  }
  if (Value.Check(Manifest, content) && content.format === FORMAT) return { kind: 'read', manifest: content };
  return { kind: 'unreadable', format: Value.Check(AnyFormat, content) ? content.format : undefined };
}

/** Bytes above which a part is told by its size alone: reading a database's files once more would double the time of a load. */
const DIGEST_LIMIT_BYTES = 8_000_000;

/** Measures a part: a file, or a folder with all that is in it. */
export function measure(path: string): Part {
  const files = filesBelow(path, '').toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (bytes > DIGEST_LIMIT_BYTES) return { files: files.length, bytes, sha256: null };
  const hash = createHash('sha256');
  for (const { name, path: file, bytes: size } of files) hash.update(`${name}\0${size}\0`).update(readFileSync(file));
  return { files: files.length, bytes, sha256: hash.digest('hex') };
}

interface FoundFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

function filesBelow(path: string, name: string): FoundFile[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [];
  if (!found.isDirectory()) return [{ name, path, bytes: found.size }];
  return readdirSync(path).flatMap((entry) => filesBelow(join(path, entry), `${name}/${entry}`));
}

/** The parts of a snapshot that are not what its manifest says; empty where all are whole. */
export function damagedParts(folder: string, { parts }: Manifest): string[] {
  return Object.entries(parts)
    .filter(([name, said]) => {
      const is = measure(join(folder, name));
      return is.files !== said.files || is.bytes !== said.bytes || is.sha256 !== said.sha256;
    })
    .map(([name]) => name);
}
