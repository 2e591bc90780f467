import { existsSync } from 'node:fs';
import { copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { passwordFile } from '../../postgres/cluster.ts';
import { reachablePath, serverIdentity } from '../../postgres/identity.ts';
import { superuserUrlOf } from '../../postgres/index.ts';
import type { Region } from '../../topology/regions.ts';
import { copyTree } from '../copy-tree.ts';
import { databaseBytes, leftOut, segmentsOf } from './base-backup.ts';
import { captureWith } from './capture.ts';
import type { Databases } from './database.ts';

export interface EmbeddedDeps {
  /** Where the region's cluster was asked to be; it may lie elsewhere. */
  readonly dataDir: (region: Region) => string;
  readonly port: (region: Region) => number;
  readonly stop: (region: Region) => Promise<void>;
  readonly start: (region: Region) => Promise<void>;
}

/** The clusters of the embedded driver: folders of this machine, with the superuser's password in a file beside. */
export function embeddedDatabases(deps: EmbeddedDeps): Databases {
  const place = (region: Region): Promise<string> => reachablePath(deps.dataDir(region), serverIdentity());
  const urlOf = async (region: Region): Promise<string> => superuserUrlOf(await place(region), deps.port(region));

  return {
    bytes: async (region) => databaseBytes(await urlOf(region)),
    async capture(region, folder, signal) {
      const dataDir = await place(region);
      const copy = join(folder, 'data');
      return captureWith(await urlOf(region), {
        async files() {
          await copyTree(dataDir, copy, { leaveOut: leftOut, signal });
          await copyFile(passwordFile(dataDir), join(folder, 'password'));
        },
        async wal(end) {
          await Promise.all(segmentsOf(end).map((name) => copyFile(join(dataDir, 'pg_wal', name), join(copy, 'pg_wal', name))));
          await writeFile(join(copy, 'backup_label'), end.label, { mode: 0o600 });
        },
      });
    },
    async stage(region, folder, signal) {
      const next = `${await place(region)}.next`;
      await rm(next, { recursive: true, force: true });
      await mkdir(next, { mode: 0o700 });
      await copyTree(join(folder, 'data'), next, { owner: serverIdentity(), signal });
      await copyFile(join(folder, 'password'), passwordFile(next));
    },
    stop: deps.stop,
    async swap(region) {
      const dataDir = await place(region);
      const kept = `${dataDir}.replaced`;
      await rm(kept, { recursive: true, force: true });
      await rename(passwordFile(dataDir), passwordFile(kept));
      await rename(dataDir, kept);
      await rename(passwordFile(`${dataDir}.next`), passwordFile(dataDir));
      await rename(`${dataDir}.next`, dataDir);
    },
    async swapBack(region) {
      const dataDir = await place(region);
      const kept = `${dataDir}.replaced`;
      if (existsSync(kept)) {
        await rm(dataDir, { recursive: true, force: true });
        await rename(kept, dataDir);
      }
      if (existsSync(passwordFile(kept))) await rename(passwordFile(kept), passwordFile(dataDir));
    },
    start: deps.start,
    async tidy(region) {
      const dataDir = await place(region);
      const left = [`${dataDir}.next`, `${dataDir}.replaced`].flatMap((path) => [path, passwordFile(path)]);
      await Promise.all(left.map((path) => rm(path, { recursive: true, force: true })));
    },
  };
}
